import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "#contract/errors.ts";

/**
 * Keeps one part of a local installation running.
 *
 * States: `new` → `starting` → `running` → (it ended) → `waiting` → `starting` → … ; `stop` leads from any of them to
 * `stopped`; `given-up` follows the last attempt.
 * 1. A first start that fails is not tried again: its cause is the person's to mend, and `start` throws it.
 * 2. A part that ends by itself is started again after a growing delay. One that ran for two seconds starts the count anew:
 *    what counts is a part that cannot stay up, not one that is killed now and then.
 * 3. After `attempts` failures in a row the supervisor gives up and says so once (`onGiveUp`): the whole program ends
 *    then, since it never goes on without a part.
 * 4. `stop` is final, also while a start is under way: what comes up later is stopped at once.
 */
export interface Part {
  /** Resolves when the part has ended, for whatever reason. */
  exited: Promise<{ code: number }>;
  stop(): Promise<unknown>;
  /** Ends it at once, with no regard for what it does. */
  kill(): void;
}

export interface SupervisedOptions<Running extends Part> {
  /** As a person calls it: "Postgres", "the worker". */
  name: string;
  start(signal: AbortSignal): Promise<Running>;
  say(line: string): void;
  onGiveUp(error: EngineError): void;
  /** Ends the supervision as `stop` does, also while the first start is under way. */
  signal: AbortSignal;
  /** Where its log is, for the sentence of the last failure. */
  logFile: string;
  attempts?: number;
  firstDelayMs?: number;
}

const ATTEMPTS = 8;
const FIRST_DELAY_MS = 250;
const MOST_DELAY_MS = 10_000;
const SETTLED_AFTER_MS = 2_000;

type State = "new" | "starting" | "running" | "waiting" | "stopped" | "given-up";

export class Supervised<Running extends Part> {
  readonly #options: SupervisedOptions<Running>;
  readonly #stop = new AbortController();
  readonly #stopping: AbortSignal;
  #state: State = "new";
  #part: Running | undefined;
  #watching: Promise<void> | undefined;

  constructor(options: SupervisedOptions<Running>) {
    this.#options = options;
    this.#stopping = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  get state(): State {
    return this.#state;
  }

  /** What runs at this moment, if anything does. */
  get part(): Running | undefined {
    return this.#part;
  }

  /** @throws what the first start throws. */
  async start(): Promise<Running> {
    const part = await this.#startOnce();
    this.#watching = this.#watch(part);
    return part;
  }

  async stop(): Promise<void> {
    if (this.#state !== "given-up") this.#state = "stopped";
    this.#stop.abort();
    await this.#part?.stop();
    await this.#watching;
  }

  kill(): void {
    this.#stop.abort();
    this.#part?.kill();
  }

  async #startOnce(): Promise<Running> {
    this.#state = "starting";
    const part = await this.#options.start(this.#stopping);
    this.#part = part;
    if (this.#stopping.aborted) {
      await part.stop();
      this.#stopping.throwIfAborted();
    }
    this.#state = "running";
    return part;
  }

  async #watch(first: Running): Promise<void> {
    let running: Running | undefined = first;
    let startedAt = performance.now();
    let failures = 0;
    let reason = "";
    for (;;) {
      if (running !== undefined) {
        const { code } = await running.exited;
        this.#part = undefined;
        if (performance.now() - startedAt > SETTLED_AFTER_MS) failures = 0;
        reason = `ended with exit code ${code}`;
      }
      if (this.#stopping.aborted) return;
      failures += 1;
      if (failures > (this.#options.attempts ?? ATTEMPTS)) return this.#giveUp(failures - 1, reason);
      if (!(await this.#pause(failures, reason))) return;
      startedAt = performance.now();
      try {
        running = await this.#startOnce();
        this.#options.say(`${this.#options.name} runs again`);
      } catch (error) {
        running = undefined;
        reason = error instanceof Error ? error.message : String(error);
      }
    }
  }

  /** Returns false where the wait was cut short by `stop`. */
  async #pause(failures: number, reason: string): Promise<boolean> {
    const { name, say, firstDelayMs = FIRST_DELAY_MS } = this.#options;
    this.#state = "waiting";
    const delayMs = Math.min(firstDelayMs * 2 ** (failures - 1), MOST_DELAY_MS);
    say(`${name} ${reason}; it is started again in ${delayMs / 1000} s (attempt ${failures})`);
    return sleep(delayMs, true, { signal: this.#stopping }).catch(() => false);
  }

  #giveUp(attempts: number, reason: string): void {
    this.#state = "given-up";
    const { name, logFile, onGiveUp } = this.#options;
    onGiveUp(
      new EngineError(
        "engine/start",
        `${name} does not stay up: it was started ${attempts} times again in vain (last: ${reason}). Its log is ${logFile}.`,
      ),
    );
  }
}
