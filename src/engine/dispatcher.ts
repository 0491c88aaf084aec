import type { Logger } from "pino";
import { EngineError } from "#contract/errors.ts";
import type { ReachPoint } from "#contract/kill-points.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RunFlowInput } from "#contract/run-flow.ts";
import type { Db } from "#db/connect.ts";
import type { ProcessIdentity } from "#db/processes.ts";
import {
  type ClaimedExecution,
  failQueued,
  findEnded,
  listStartedByLane,
  type ReadyLane,
  readReadyRows,
} from "#db/queue.ts";
import type { HeldShard } from "#db/shards.ts";
import { Backoff } from "./backoff.ts";
import { FairTurns, type Turn } from "./fair-turns.ts";
import { InFlight } from "./in-flight.ts";
import { LaneFinder } from "./lane-finder.ts";
import { ShardLeases } from "./shard-leases.ts";
import type { StartInputs } from "./start-inputs.ts";
import { StartMarks } from "./start-marks.ts";
import type { StartOutcome, StartWorkflow } from "./start-workflow.ts";
import { Waker } from "./waker.ts";

/**
 * Starts queued executions: leases shards, claims rows of their lanes in turn, starts a workflow for each.
 *
 * 1. A claim only reads (docs/adr/0002): the lease makes this worker the only reader, `#claimed` keeps a row from
 *    being read twice, and a start is idempotent. A crash anywhere needs no repair: the next holder starts again.
 * 2. Never more in flight than there are slots; within that, lanes in fair turn and under their caps.
 * 3. A row leaves `#claimed` when its start is marked, when it has failed for good, or when its start failed for
 *    now: then the row stays ready, and is claimed again after the back-off.
 * 4. Temporal away or busy: claims pause with a growing, jittered delay; nothing is lost, and `problem` says so.
 */
export interface DispatcherOptions {
  db: Db;
  identity: ProcessIdentity;
  log: Logger;
  inputs: StartInputs;
  startWorkflow: StartWorkflow;
  /** Ends the workflow of an execution that was cancelled while it was being started. */
  cancelWorkflow(execution: ClaimedExecution): Promise<void>;
  /** Executions that may run here at once. */
  slots: number;
  /** How many may run at once of a lane and of its customer, over the shards of this worker. */
  capOf?(lane: ReadyLane): { lane: number; customer: number };
  weightOf?(customerId: string): number;
  /** Payloads up to this size are read with the claim, for the first step. */
  primeBytes: number;
  /** Hands over what was read; `unprime` when the start did not come about. */
  prime(execution: ClaimedExecution, input: RunFlowInput): void;
  unprime(executionId: string): void;
  reach: ReachPoint;
}

/** How often executions that ended elsewhere are looked for. */
const RECOUNT_MS = 5_000;
const STARTS_AT_ONCE = 32;
/** Tries of one row that fails without Temporal having said anything: a mistake of ours, which repeats. */
const TRIES = 5;

export interface DispatcherStatus {
  slots: number;
  used: number;
  shards: number[];
  readyLanes: number;
  problem: string | undefined;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #leases: ShardLeases;
  readonly #inFlight: InFlight;
  readonly #turns: FairTurns;
  readonly #finder: LaneFinder;
  readonly #marks: StartMarks;
  readonly #waker = new Waker();
  readonly #backoff = new Backoff({ firstMs: 250, mostMs: 10_000 });
  readonly #claimed = new Map<string, { execution: ClaimedExecution; done: Promise<void> }>();
  readonly #tries = new Map<string, number>();
  #pausedUntil = 0;
  #recountedAt = 0;
  #starting = 0;
  #startsAtOnce = STARTS_AT_ONCE;
  #problem: string | undefined;
  #isStopping = false;
  #loop: Promise<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { db, identity, log } = options;
    this.#inFlight = new InFlight(options.slots);
    this.#turns = new FairTurns(options.weightOf);
    this.#finder = new LaneFinder(db);
    this.#marks = new StartMarks({
      db,
      workerId: identity.id,
      log,
      onCancelled: (executionId) => this.#cancelStarted(executionId),
    });
    this.#leases = new ShardLeases({
      db,
      identity,
      log,
      onTaken: (shards) => this.#countTaken(shards),
      onLost: (shards) => this.#forget(shards),
      drain: (shards) => this.#drain(shards),
    });
  }

  start(): void {
    this.#leases.start();
    this.#loop ??= this.#run();
  }

  /** Claims nothing more, lets starts under way be marked, and gives the shards away. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#waker.wake();
    await this.#loop;
    await this.#leases.stop();
  }

  /** Something was queued. */
  hint(): void {
    this.#finder.hint();
    this.#waker.wake();
  }

  /** The final state of an execution is committed. */
  onFinished(executionId: string): void {
    if (this.#inFlight.end(executionId)) this.#waker.wake();
  }

  /** An execution waits; when for long, others use its slot. */
  onWaiting(executionId: string, untilMs: number): void {
    if (untilMs - Date.now() <= LIMITS.slotHoldMs) return;
    this.#inFlight.park(executionId);
    this.#waker.wake();
  }

  onResumed(executionId: string): void {
    this.#inFlight.wake(executionId, performance.now());
  }

  status(): DispatcherStatus {
    return {
      slots: this.#options.slots,
      used: this.#inFlight.used,
      shards: this.#leases.held(),
      readyLanes: this.#turns.size,
      problem: this.#problem,
    };
  }

  async #run(): Promise<void> {
    const databaseBackoff = new Backoff({ firstMs: 250, mostMs: 5_000 });
    while (!this.#isStopping) {
      try {
        await this.#recount();
        await this.#dispatch();
        databaseBackoff.reset();
      } catch (error) {
        this.#options.log.error({ err: error }, "dispatch failed; trying again");
        this.#pause(databaseBackoff.next());
      }
      const paused = this.#pausedUntil - performance.now();
      await this.#waker.sleep(paused > 0 ? paused : LIMITS.pollMs);
    }
  }

  async #dispatch(): Promise<void> {
    while (!this.#isStopping && performance.now() >= this.#pausedUntil && this.#free() > 0) {
      await this.#findLanes();
      const turns = this.#turns.take({ slots: this.#free(), roomOf: (lane) => this.#roomOf(lane) });
      if (turns.length === 0) return;
      await this.#claim(turns);
    }
  }

  #free(): number {
    return Math.min(this.#inFlight.free, this.#startsAtOnce - this.#starting, LIMITS.claimRows);
  }

  #roomOf(lane: ReadyLane): { lane: number; customer: number } {
    const { slots, capOf } = this.#options;
    // A quarter of the slots is for others, whatever one customer sends.
    const cap = capOf?.(lane) ?? { lane: slots, customer: Math.ceil(slots * 0.75) };
    return {
      lane: cap.lane - this.#inFlight.countOf(lane.lane),
      customer: cap.customer - this.#inFlight.countOf(lane.customerId),
    };
  }

  async #findLanes(): Promise<void> {
    const now = performance.now();
    const shards = this.#leases.held();
    if (shards.length === 0 || !this.#finder.isDue(now)) return;
    for (const lane of await this.#finder.scan(shards, now)) this.#turns.offer(lane);
  }

  async #claim(turns: Turn[]): Promise<void> {
    const rows = await readReadyRows(this.#options.db, {
      lanes: turns.map(({ lane, take }) => ({ shard: lane.shard, lane: lane.lane, take })),
      except: [...this.#claimed.keys()],
      payloadBytes: this.#options.primeBytes,
    });
    const read = new Map<string, number>();
    for (const row of rows) read.set(row.lane, (read.get(row.lane) ?? 0) + 1);
    for (const { lane, take } of turns) if ((read.get(lane.lane) ?? 0) < take) this.#turns.remove(lane.lane);
    if (rows.length === 0) return;
    const inputs = await this.#options.inputs.read(rows);
    this.#options.reach("dispatch-after-claim");
    rows.forEach((execution, index) => {
      const input = inputs[index];
      const epoch = this.#leases.epochOf(execution.shard);
      // The lease ran out while the rows were read: they are another worker's now.
      if (input === undefined || epoch === undefined) return;
      this.#inFlight.begin(execution.executionId, execution, performance.now());
      const done = this.#startOne(execution, input, epoch).finally(() => {
        this.#claimed.delete(execution.executionId);
      });
      this.#claimed.set(execution.executionId, { execution, done });
    });
  }

  /** Never rejects. */
  async #startOne(
    execution: ClaimedExecution,
    input: RunFlowInput | EngineError,
    epoch: number,
  ): Promise<void> {
    const { executionId, shard } = execution;
    try {
      if (input instanceof EngineError) return await this.#fail(execution, input);
      this.#options.prime(execution, input);
      this.#starting += 1;
      const outcome = await this.#options
        .startWorkflow(input, execution.replayOf)
        .finally(() => (this.#starting -= 1));
      if (outcome.type !== "started") this.#options.unprime(executionId);
      if (outcome.type !== "started" && outcome.type !== "already-started")
        return await this.#putBack(execution, outcome);
      this.#options.reach("dispatch-after-start");
      this.#recover(executionId);
      const runId = outcome.type === "started" ? outcome.runId : null;
      await this.#marks.add(
        { executionId, shard, epoch, runId },
        () => this.#leases.epochOf(shard) !== epoch,
      );
    } catch (error) {
      this.#options.unprime(executionId);
      await this.#retryLater(execution, error);
    }
  }

  async #putBack(execution: ClaimedExecution, outcome: StartOutcome): Promise<void> {
    switch (outcome.type) {
      case "refused":
        return this.#fail(execution, refusal(execution.executionId, outcome.message));
      case "busy":
        this.#startsAtOnce = Math.max(1, Math.floor(this.#startsAtOnce / 2));
        break;
      default:
        break;
    }
    this.#letGo(execution.executionId);
    const message = "message" in outcome ? outcome.message : outcome.type;
    const problem = `Temporal does not start workflows: ${message}`;
    // Many starts fail together: one of them pauses the dispatcher and tells.
    if (performance.now() < this.#pausedUntil) return undefined;
    if (this.#problem === undefined) this.#options.log.warn({ problem }, "dispatch is paused");
    this.#problem = problem;
    this.#pause(this.#backoff.next());
    return undefined;
  }

  /** What is thrown and not classified: a few tries, then the row must not come back for ever. */
  async #retryLater(execution: ClaimedExecution, error: unknown): Promise<void> {
    const { executionId } = execution;
    const tries = (this.#tries.get(executionId) ?? 0) + 1;
    this.#options.log.error({ err: error, executionId, tries }, "an execution could not be started");
    try {
      if (tries >= TRIES) return await this.#fail(execution, refusal(executionId, messageOf(error), error));
    } catch (failure) {
      this.#options.log.error(
        { err: failure, executionId },
        "a failed start could not be recorded; trying again",
      );
    }
    this.#tries.set(executionId, tries);
    this.#letGo(executionId);
    this.#pause(250);
    return undefined;
  }

  async #fail(execution: ClaimedExecution, error: EngineError): Promise<void> {
    const { executionId } = execution;
    this.#options.log.warn(
      { executionId, code: error.code, problem: error.message },
      "an execution cannot be started",
    );
    await failQueued(this.#options.db, executionId, { code: error.code, message: error.message });
    this.#letGo(executionId);
    this.#tries.delete(executionId);
  }

  #letGo(executionId: string): void {
    this.#inFlight.end(executionId);
    this.#waker.wake();
  }

  #recover(executionId: string): void {
    this.#tries.delete(executionId);
    this.#backoff.reset();
    this.#startsAtOnce = Math.min(STARTS_AT_ONCE, this.#startsAtOnce + 1);
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.log.info("dispatch goes on");
  }

  #pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms);
  }

  async #cancelStarted(executionId: string): Promise<void> {
    const claimed = this.#claimed.get(executionId);
    if (claimed === undefined) return;
    await this.#options.cancelWorkflow(claimed.execution).catch((error: unknown) => {
      // Its final state is in place whatever the workflow does; the workflow then runs in vain.
      this.#options.log.warn(
        { err: error, executionId },
        "a cancelled execution's workflow could not be cancelled",
      );
    });
  }

  async #countTaken(shards: HeldShard[]): Promise<void> {
    const numbers = shards.map(({ shard }) => shard);
    const started = await listStartedByLane(this.#options.db, {
      shards: numbers,
      slotHoldMs: LIMITS.slotHoldMs,
    });
    for (const { executionIds, ...place } of started)
      for (const executionId of executionIds)
        this.#inFlight.beginElsewhere(executionId, place, performance.now());
    this.hint();
  }

  #forget(shards: number[]): void {
    for (const shard of shards) {
      this.#turns.removeShard(shard);
      this.#inFlight.forgetElsewhere(shard);
    }
  }

  async #drain(shards: number[]): Promise<void> {
    const lost = new Set(shards);
    const pending = [...this.#claimed.values()].filter(({ execution }) => lost.has(execution.shard));
    await Promise.all(pending.map(({ done }) => done));
  }

  /** Takes those out of the count that ended in another worker. */
  async #recount(): Promise<void> {
    const now = performance.now();
    if (now - this.#recountedAt < RECOUNT_MS) return;
    this.#recountedAt = now;
    const known = this.#inFlight.listSince(now - RECOUNT_MS);
    if (known.length === 0) return;
    for (const executionId of await findEnded(this.#options.db, known)) this.#inFlight.end(executionId);
  }
}

function refusal(executionId: string, problem: string, cause?: unknown): EngineError {
  const message = `Execution ${executionId} could not be started: ${problem}. Replay it when the cause is mended`;
  return new EngineError("engine/start", message, { cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
