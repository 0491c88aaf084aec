import { Counter, Gauge, type Registry } from "prom-client";
import { type FlowReply, readReply } from "#contract/flow-reply.ts";
import { LIMITS } from "#contract/limits.ts";
import { isTerminal } from "#contract/states.ts";
import type { AskedReply, FoundReply } from "#db/find-replies.ts";
import type { HintChannel } from "#db/hints.ts";

/**
 * Senders that wait for what their flow answers. What they sent is stored and told already but to them: whatever
 * happens here, the execution goes its way.
 *
 * 1. Whoever waits is woken by the hint that its execution changed, whichever worker runs it. One statement at a time
 *    asks for all that were woken; every `LIMITS.pollMs` it asks for all that wait, so a lost hint costs half a second.
 * 2. No more than `LIMITS.repliesWaiting` wait in one process: who comes then, whose time is over, or who waits when the
 *    process stops, gets at once what a flow without a reply gives.
 * 3. A sender that leaves is forgotten.
 */
export interface ReplyDeskOptions {
  find(asked: readonly AskedReply[]): Promise<FoundReply[]>;
  registry: Registry;
  onError(error: unknown): void;
  most?: number;
}

export type ReplyOutcome =
  | { type: "replied"; reply: FlowReply }
  /** It ended without an answer, or with one that is too long to be sent. */
  | { type: "failed" }
  | { type: "late" };

export interface AwaitedReply extends AskedReply {
  withinMs: number;
  /** It came before, and may have ended long since. */
  duplicate: boolean;
  /** Aborted when the sender leaves. */
  signal: AbortSignal;
}

interface Waiter extends AskedReply {
  settle(outcome: ReplyOutcome): void;
}

const LATE: ReplyOutcome = { type: "late" };

export class ReplyDesk {
  readonly #options: ReplyDeskOptions;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #woken = new Set<string>();
  readonly #outcomes: Counter<"outcome">;
  #count = 0;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: ReplyDeskOptions) {
    this.#options = options;
    const registers = [options.registry];
    this.#outcomes = new Counter({
      name: "millrace_replies_total",
      help: "Senders that waited for their flow's answer, by what they got",
      labelNames: ["outcome"],
      registers,
    });
    const gauge: Gauge = new Gauge({
      name: "millrace_replies_waiting",
      help: "Senders that wait for their flow's answer now",
      registers,
      collect: () => gauge.set(this.#count),
    });
  }

  /** Resolves as soon as there is something to say. Never rejects. */
  async wait(awaited: AwaitedReply): Promise<ReplyOutcome> {
    const outcome = await this.#wait(awaited);
    this.#outcomes.inc({ outcome: outcome.type });
    return outcome;
  }

  /** To be called for each hint. */
  onHint(channel: HintChannel, executionId: string | undefined): void {
    if (channel !== "millrace_execution" || this.#count === 0) return;
    if (executionId === undefined) this.#wake(...this.#waiters.keys());
    else if (this.#waiters.has(executionId)) this.#wake(executionId);
  }

  /** Who waits is answered now, and who comes from now on. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.settle(LATE);
    await this.#looking;
  }

  #wait({ executionId, path, withinMs, duplicate, signal }: AwaitedReply): Promise<ReplyOutcome> {
    if (this.#stopped || signal.aborted || this.#count >= (this.#options.most ?? LIMITS.repliesWaiting))
      return Promise.resolve(LATE);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        executionId,
        path,
        settle: (outcome) => {
          clearTimeout(deadline);
          signal.removeEventListener("abort", leave);
          this.#remove(waiter);
          resolve(outcome);
        },
      };
      const leave = (): void => waiter.settle(LATE);
      const deadline = setTimeout(leave, withinMs);
      signal.addEventListener("abort", leave, { once: true });
      this.#add(waiter);
      if (duplicate) this.#wake(executionId);
    });
  }

  #add(waiter: Waiter): void {
    const waiters = this.#waiters.get(waiter.executionId) ?? new Set();
    this.#waiters.set(waiter.executionId, waiters.add(waiter));
    this.#count += 1;
    this.#timer ??= setInterval(() => this.#wake(...this.#waiters.keys()), LIMITS.pollMs);
  }

  #remove(waiter: Waiter): void {
    const waiters = this.#waiters.get(waiter.executionId);
    if (waiters?.delete(waiter) !== true) return;
    this.#count -= 1;
    if (waiters.size === 0) this.#waiters.delete(waiter.executionId);
    if (this.#count > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #wake(...executionIds: string[]): void {
    for (const id of executionIds) this.#woken.add(id);
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
  }

  async #look(): Promise<void> {
    while (this.#woken.size > 0) {
      const asked = [...this.#woken].flatMap((id) => [...(this.#waiters.get(id) ?? [])]);
      this.#woken.clear();
      if (asked.length === 0) return;
      try {
        for (const found of await this.#options.find(asked)) this.#tell(found);
      } catch (error) {
        this.#options.onError(error); // who waits is asked for again by the timer
        return;
      }
    }
  }

  #tell(found: FoundReply): void {
    const outcome = outcomeOf(found);
    if (outcome === undefined) return;
    for (const waiter of this.#waiters.get(found.executionId) ?? [])
      if (waiter.path === found.path) waiter.settle(outcome);
  }
}

function outcomeOf({ output, state }: FoundReply): ReplyOutcome | undefined {
  if (output === null) return isTerminal(state) ? { type: "failed" } : undefined;
  const reply = readReply(JSON.parse(output));
  return reply.body.length > LIMITS.replyCharacters ? { type: "failed" } : { type: "replied", reply };
}
