/**
 * The executions that this worker holds in memory.
 *
 * Invariants
 * 1. The hot path reads nothing: a session begun by this worker's own start (the same `startToken`, a first run)
 *    knows that nothing was stored before.
 * 2. What is believed without reading is believed for `TRUST_MS` after the last use. Another worker can have run
 *    steps of the execution only after a workflow task timed out (5 s) or a regular activity was given to it; both
 *    leave a longer gap, after which the session is read anew.
 * 3. A session belongs to one run of the workflow, or to the runs that continue it.
 * 4. Losing a session costs a read: those used longest ago go when there are too many or they hold too much, unless
 *    they are busy.
 */
import { ApplicationFailure } from "@temporalio/activity";
import type { PrimedExecution } from "#contract/primed-execution.ts";
import { createId } from "#contract/create-id.ts";
import type { ActivityInput } from "#contract/run-flow.ts";
import { isTerminal } from "#contract/states.ts";
import type { ProgressMark } from "#db/execution-progress.ts";
import { findCallStanding } from "#db/flow-calls.ts";
import { toGuestTrigger } from "#db/guest-trigger.ts";
import { findStateValue } from "#db/instance-state.ts";
import { findPayload } from "#db/payloads.ts";
import { listStoredSteps } from "#db/step-results.ts";
import type { ActivityDependencies } from "./dependencies.ts";
import { FlowCodes } from "./flow-codes.ts";
import { openRun } from "./open-run.ts";
import { Session } from "./session.ts";

const TRUST_MS = 2_000;
const IDLE_MS = 60_000;
const SWEEP_MS = 15_000;
const SESSIONS_MAX = 5_000;
const CHARACTERS_MAX = 256 * 1024 * 1024;

interface Primed {
  execution: PrimedExecution;
  atMs: number;
}

type SessionDependencies = Pick<ActivityDependencies, "db" | "sandbox" | "scrubberOf" | "policy" | "now">;

export class Sessions {
  readonly #deps: SessionDependencies;
  readonly #codes: FlowCodes;
  readonly #primed = new Map<string, Primed>();
  /** In the order of their last use. */
  readonly #sessions = new Map<string, Session>();
  readonly #opening = new Map<string, Promise<Session>>();
  readonly #sweeper: NodeJS.Timeout;

  constructor(deps: SessionDependencies) {
    this.#deps = deps;
    this.#codes = new FlowCodes(deps.db, deps.policy);
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  prime(execution: PrimedExecution): void {
    this.#primed.set(execution.executionId, { execution, atMs: this.#deps.now() });
  }

  unprime(executionId: string): void {
    this.#primed.delete(executionId);
  }

  /** The session for a step. */
  async obtain(input: ActivityInput, runId: string): Promise<Session> {
    const { executionId } = input;
    const held = this.#findHeld(input, runId);
    if (held !== undefined) return this.#use(held);
    const opening = this.#opening.get(executionId);
    if (opening !== undefined) {
      await opening.catch(() => undefined); // its own caller sees the error
      return this.obtain(input, runId);
    }
    const started = this.#open(input, runId).finally(() => this.#opening.delete(executionId));
    this.#opening.set(executionId, started);
    return this.#use(await started);
  }

  /** What a state write carries: from memory where the run is known there, else by a read. */
  async markOf(input: ActivityInput, runId: string): Promise<ProgressMark> {
    const { executionId, attempt, seq } = input;
    const known =
      this.#findOfRun(input, runId)?.contents.generation ?? this.#findFresh(input, runId)?.generation;
    const generation = known ?? (await openRun(this.#deps.db, input, runId)).generation;
    return { executionId, generation, runId, attempt, seq };
  }

  find(executionId: string): Session | undefined {
    return this.#sessions.get(executionId);
  }

  /** To be called when a use ends: trust counts from then. */
  release(session: Session): void {
    session.activeAtMs = this.#deps.now();
  }

  /** Ends a running step of the execution at once; false where this worker holds none of it. */
  stop(executionId: string): boolean {
    const session = this.#sessions.get(executionId);
    session?.stop();
    return session !== undefined;
  }

  drop(executionId: string): void {
    this.#primed.delete(executionId);
    this.#sessions.get(executionId)?.closeIsolate();
    this.#sessions.delete(executionId);
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const executionId of this.#sessions.keys()) this.drop(executionId);
    this.#primed.clear();
  }

  #findHeld(input: ActivityInput, runId: string): Session | undefined {
    const session = this.#findOfRun(input, runId);
    if (session === undefined) return undefined;
    return session.isBusy || this.#deps.now() - session.activeAtMs <= TRUST_MS ? session : undefined;
  }

  #findOfRun(input: ActivityInput, runId: string): Session | undefined {
    const session = this.#sessions.get(input.executionId);
    const known = session?.contents.runId;
    const isReset = runId !== input.run.originalRunId;
    return known === runId || (!isReset && known !== undefined && known === input.run.continuedFromRunId)
      ? session
      : undefined;
  }

  /** What was primed, where nothing can have been stored since. */
  #findFresh(input: ActivityInput, runId: string): PrimedExecution | undefined {
    const primed = this.#primed.get(input.executionId);
    if (primed === undefined || primed.execution.hasEarlierResults) return undefined;
    const isFirstRun = runId === input.run.originalRunId && input.run.continuedFromRunId === undefined;
    const isOurStart = primed.execution.startToken === input.run.startToken;
    return isFirstRun && isOurStart && this.#deps.now() - primed.atMs <= TRUST_MS
      ? primed.execution
      : undefined;
  }

  async #open(input: ActivityInput, runId: string): Promise<Session> {
    const { db } = this.#deps;
    const { executionId } = input;
    const fresh = this.#findFresh(input, runId);
    const primed = fresh ?? this.#primed.get(executionId)?.execution;
    const earlier = this.#sessions.get(executionId)?.contents;
    this.#primed.delete(executionId);
    const progress = fresh === undefined ? await openRun(db, input, runId) : undefined;
    const identity = progress ?? fresh;
    if (identity === undefined) throw new Error("unreachable: either fresh or read");
    const [code, scrub, trigger, stored] = await Promise.all([
      this.#codes.get(identity.revisionId),
      this.#deps.scrubberOf(identity),
      earlier?.trigger ?? primed?.loadTrigger?.() ?? this.#readTrigger(input, runId, progress),
      progress === undefined ? [] : listStoredSteps(db, executionId),
    ]);
    this.#replace(executionId);
    const session = new Session(
      {
        identity,
        runId,
        generation: identity.generation,
        endedAs: progress !== undefined && isTerminal(progress.state) ? progress.state : undefined,
        trigger,
        configJson: code.configJson,
        sandboxOptions: this.#codes.sessionOptions(identity, code),
        scrub,
        readState: (scope, key) =>
          findStateValue(db, {
            instanceId: identity.instanceId,
            flowKey: scope === "flow" ? identity.flowKey : undefined,
            key,
          }),
        calls: {
          flowKeys: code.flowKeys,
          read: (path) => findCallStanding(db, executionId, path),
          createId,
        },
        stored,
      },
      this.#deps.sandbox,
      this.#deps.now(),
    );
    this.#sessions.set(executionId, session);
    this.#evict();
    return session;
  }

  /** The isolate of a session that is read anew goes: it may hold outputs that no longer count. */
  #replace(executionId: string): void {
    this.#sessions.get(executionId)?.closeIsolate();
    this.#sessions.delete(executionId);
  }

  async #readTrigger(
    input: ActivityInput,
    runId: string,
    known: Awaited<ReturnType<typeof openRun>> | undefined,
  ) {
    const { db } = this.#deps;
    const progress = known ?? (await openRun(db, input, runId));
    const payload = await findPayload(db, input.executionId);
    if (payload === undefined)
      throw ApplicationFailure.create({
        type: "request/payload-expired",
        nonRetryable: true,
        message: `The payload of execution ${input.executionId} is gone: its retention is over`,
      });
    return toGuestTrigger(payload, { kind: progress.trigger, receivedAtMs: progress.receivedAtMs });
  }

  #use(session: Session): Session {
    const { executionId } = session.contents.identity;
    session.activeAtMs = this.#deps.now();
    this.#sessions.delete(executionId);
    this.#sessions.set(executionId, session);
    return session;
  }

  #evict(): void {
    let characters = 0;
    for (const session of this.#sessions.values()) characters += session.characters;
    for (const [executionId, session] of this.#sessions) {
      if (this.#sessions.size <= SESSIONS_MAX && characters <= CHARACTERS_MAX) return;
      if (session.isBusy) continue;
      characters -= session.characters;
      this.#replace(executionId);
    }
  }

  /** What nobody asks for any more: its workflow moved to another worker, or its start did not come about. */
  #sweep(): void {
    const oldest = this.#deps.now() - IDLE_MS;
    for (const [executionId, session] of this.#sessions)
      if (!session.isBusy && session.activeAtMs < oldest) this.#replace(executionId);
    for (const [executionId, primed] of this.#primed)
      if (primed.atMs < oldest) this.#primed.delete(executionId);
  }
}
