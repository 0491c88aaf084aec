import type { ExecutionIdentity } from "#contract/primed-execution.ts";
import type { GuestTrigger, Sandbox, SandboxSession, SessionOptions, StepReport } from "#contract/sandbox.ts";
import type { StepActivityInput } from "#contract/run-flow.ts";
import type { CallSource } from "#contract/flow-calls.ts";
import type { ReadState } from "#contract/step-state.ts";
import type { TerminalState } from "#contract/states.ts";
import { type StepAttemptKey, stepAttemptText, type StoredStep } from "#db/step-results.ts";
import type { Scrub } from "#vault/create-scrubber.ts";
import { findFinished, outputsBefore, type StepPosition } from "./stored-steps.ts";

export interface SessionContents {
  identity: ExecutionIdentity;
  runId: string;
  generation: number;
  /** It had a final state when it was read: what is committed may be told again, but nothing more is run. */
  endedAs: TerminalState | undefined;
  trigger: GuestTrigger;
  configJson: string;
  sandboxOptions: SessionOptions;
  scrub: Scrub;
  readState: ReadState;
  calls: CallSource;
  stored: StoredStep[];
}

/**
 * One execution in this worker's memory: what its steps read, what they have committed, and the isolate that its
 * present attempt runs in.
 *
 * 1. A try that runs is never begun a second time beside itself: who asks again waits for the first (`once`).
 * 2. `stored` holds what is committed, and nothing else.
 * 3. An isolate serves one attempt of the flow.
 */
export class Session {
  readonly contents: Readonly<SessionContents>;
  /** Of the last use: what lies long ago is read again (`sessions.ts`). */
  activeAtMs: number;
  readonly #sandbox: Sandbox;
  readonly #stored: StoredStep[];
  readonly #running = new Map<string, Promise<StoredStep>>();
  readonly #stop = new AbortController();
  #isolate: { attempt: number; session: SandboxSession } | undefined;
  #position: StepPosition | undefined;
  #characters: number;

  constructor(contents: SessionContents, sandbox: Sandbox, nowMs: number) {
    this.contents = contents;
    this.activeAtMs = nowMs;
    this.#sandbox = sandbox;
    this.#stored = [...contents.stored];
    this.#characters = contents.trigger.body.data.length + contents.configJson.length;
    for (const step of contents.stored) this.#characters += step.output?.length ?? 0;
  }

  /** About what it holds in memory, in characters. */
  get characters(): number {
    return this.#characters;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Aborted by `stop`: a person cancelled the execution. */
  get stopped(): AbortSignal {
    return this.#stop.signal;
  }

  get stored(): readonly StoredStep[] {
    return this.#stored;
  }

  findFinished(key: StepAttemptKey, since: number): StoredStep | undefined {
    return findFinished(this.#stored, { key, since });
  }

  /** Runs `work` for a try, or waits for the one that already does. */
  async once(key: StepAttemptKey, work: () => Promise<StoredStep>): Promise<StoredStep> {
    const name = stepAttemptText(key);
    const running = this.#running.get(name);
    if (running !== undefined) return running;
    const started = work().finally(() => this.#running.delete(name));
    this.#running.set(name, started);
    return started;
  }

  remember(step: StoredStep): void {
    this.#stored.push(step);
    this.#characters += step.output?.length ?? 0;
  }

  runInSandbox(input: StepActivityInput, signal: AbortSignal): Promise<StepReport> {
    const { step } = input;
    this.#position = { generation: this.contents.generation, seq: input.seq, since: input.since };
    return this.#isolateFor(input.attempt).runStep(
      {
        path: step.path,
        stepKey: step.key,
        attempt: this.#stored.filter((each) => each.path === step.path).length + 1,
        timeoutMs: step.timeoutMs,
        idempotencyKey: `${input.executionId}:${step.path}`,
      },
      AbortSignal.any([signal, this.#stop.signal]),
    );
  }

  #isolateFor(attempt: number): SandboxSession {
    if (this.#isolate?.attempt === attempt) return this.#isolate.session;
    this.closeIsolate();
    const { sandboxOptions, trigger, configJson, readState, calls } = this.contents;
    const session = this.#sandbox.openSession(sandboxOptions, {
      trigger,
      configJson,
      readState,
      calls,
      outputs: () => (this.#position === undefined ? new Map() : outputsBefore(this.#stored, this.#position)),
    });
    this.#isolate = { attempt, session };
    return session;
  }

  closeIsolate(): void {
    this.#isolate?.session.close();
    this.#isolate = undefined;
  }

  /** Ends a running step with the outcome `cancelled`. */
  stop(): void {
    this.#stop.abort();
  }
}
