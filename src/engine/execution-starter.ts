import type { Logger } from "pino";
import { EngineError } from "#contract/errors.ts";
import type { ReachPoint } from "#contract/kill-points.ts";
import type { RunFlowInput } from "#contract/run-flow.ts";
import type { Db } from "#db/connect.ts";
import { type ClaimedExecution, failQueued } from "#db/queue.ts";
import { Backoff } from "./backoff.ts";
import { StartMarks } from "./start-marks.ts";
import type { StartOutcome, StartWorkflow } from "./start-workflow.ts";

/**
 * Starts the workflows of claimed executions, a bounded number at once, and marks them started.
 *
 * 1. A claimed execution is in `claimedIds` until it is settled: marked, failed for good, or put back (its row stays
 *    ready, and is claimed again).
 * 2. Temporal away: starting pauses with a growing, jittered delay, and `problem` says so. Busy: the number at once is
 *    halved as well, and grows by one with each start that succeeds.
 * 3. What fails without Temporal having said anything is a mistake that repeats: after some tries the execution fails.
 */
export interface ExecutionStarterOptions {
  db: Db;
  workerId: string;
  log: Logger;
  startWorkflow: StartWorkflow;
  /** Ends the workflow of an execution that was cancelled while it was being started. */
  cancelWorkflow(execution: ClaimedExecution): Promise<void>;
  /** Hands over what the claim read; `unprime` when the start did not come about. */
  prime(execution: ClaimedExecution, input: RunFlowInput): Promise<void> | void;
  unprime(executionId: string): void;
  /** The execution does not run after all. */
  onNotStarted(executionId: string): void;
  /** Another one may be started. */
  onRoom(): void;
  reach: ReachPoint;
}

export interface Claim {
  execution: ClaimedExecution;
  input: RunFlowInput | EngineError;
  /** Of the lease under which it was claimed. */
  epoch: number;
  isLeased(): boolean;
}

const STARTS_AT_ONCE = 32;
const TRIES = 5;
const RETRY_MS = 250;

export class ExecutionStarter {
  readonly #options: ExecutionStarterOptions;
  readonly #marks: StartMarks;
  readonly #claims = new Map<string, Claim & { settled: Promise<void> }>();
  readonly #tries = new Map<string, number>();
  readonly #backoff = new Backoff({ firstMs: RETRY_MS, mostMs: 10_000 });
  #starting = 0;
  #atOnce = STARTS_AT_ONCE;
  #pausedUntil = 0;
  #problem: string | undefined;

  constructor(options: ExecutionStarterOptions) {
    this.#options = options;
    this.#marks = new StartMarks({
      db: options.db,
      workerId: options.workerId,
      log: options.log,
      onCancelled: (executionId) => this.#cancelStarted(executionId),
    });
  }

  get claimedIds(): string[] {
    return [...this.#claims.keys()];
  }

  /** Why nothing is started at present, for operators. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** How many may be started now. */
  get room(): number {
    return this.pausedMs > 0 ? 0 : Math.max(0, this.#atOnce - this.#starting);
  }

  get pausedMs(): number {
    return Math.max(0, this.#pausedUntil - performance.now());
  }

  start(claim: Claim): void {
    const { executionId } = claim.execution;
    const settled = this.#start(claim)
      .catch((error: unknown) => this.#retryLater(claim, error))
      .finally(() => this.#claims.delete(executionId));
    this.#claims.set(executionId, { ...claim, settled });
  }

  /** Resolves when nothing claimed from these shards is unsettled. */
  async settle(shards: number[]): Promise<void> {
    const pending = [...this.#claims.values()].filter(({ execution }) => shards.includes(execution.shard));
    await Promise.all(pending.map(({ settled }) => settled));
  }

  async #start(claim: Claim): Promise<void> {
    const { execution, input, epoch } = claim;
    const { executionId, shard } = execution;
    if (input instanceof EngineError) return this.#fail(execution, input);
    this.#starting += 1;
    const outcome = await this.#call(execution, input).finally(() => {
      this.#starting -= 1;
      this.#options.onRoom();
    });
    if (outcome.type !== "started" && outcome.type !== "already-started")
      return this.#putBack(execution, outcome);
    this.#options.reach("dispatch-after-start");
    this.#succeed(executionId);
    const runId = outcome.type === "started" ? outcome.runId : null;
    return this.#marks.add({ executionId, shard, epoch, runId }, () => !claim.isLeased());
  }

  async #call(execution: ClaimedExecution, input: RunFlowInput): Promise<StartOutcome> {
    let isStarted = false;
    try {
      await this.#options.prime(execution, input);
      const outcome = await this.#options.startWorkflow(input, execution.replayOf);
      isStarted = outcome.type === "started";
      return outcome;
    } finally {
      if (!isStarted) this.#options.unprime(execution.executionId);
    }
  }

  async #putBack(execution: ClaimedExecution, outcome: StartOutcome): Promise<void> {
    if (outcome.type === "refused")
      return this.#fail(execution, refusal(execution.executionId, outcome.message));
    if (outcome.type === "busy") this.#atOnce = Math.max(1, Math.floor(this.#atOnce / 2));
    // Many starts fail together: the first of them pauses the rest.
    if (this.pausedMs === 0) {
      const problem = `Temporal does not start workflows: ${"message" in outcome ? outcome.message : outcome.type}`;
      if (this.#problem === undefined) this.#options.log.warn({ problem }, "dispatch is paused");
      this.#problem = problem;
      this.#pause(this.#backoff.next());
    }
    this.#options.onNotStarted(execution.executionId);
    return undefined;
  }

  /** Never rejects. */
  async #retryLater({ execution }: Claim, error: unknown): Promise<void> {
    const { executionId } = execution;
    const { log } = this.#options;
    const tries = (this.#tries.get(executionId) ?? 0) + 1;
    this.#tries.set(executionId, tries);
    log.error({ err: error, executionId, tries }, "an execution could not be started");
    this.#pause(RETRY_MS);
    if (tries >= TRIES) {
      const problem = error instanceof Error ? error.message : String(error);
      return this.#fail(execution, refusal(executionId, problem, error)).catch((failure: unknown) => {
        log.error({ err: failure, executionId }, "a failed start could not be recorded; trying again");
        this.#options.onNotStarted(executionId);
      });
    }
    this.#options.onNotStarted(executionId);
    return undefined;
  }

  async #fail(execution: ClaimedExecution, error: EngineError): Promise<void> {
    const { executionId } = execution;
    const { log, db } = this.#options;
    log.warn({ executionId, code: error.code, problem: error.message }, "an execution cannot be started");
    await failQueued(db, executionId, { code: error.code, message: error.message });
    this.#tries.delete(executionId);
    this.#options.onNotStarted(executionId);
  }

  #succeed(executionId: string): void {
    this.#tries.delete(executionId);
    this.#backoff.reset();
    this.#atOnce = Math.min(STARTS_AT_ONCE, this.#atOnce + 1);
    if (this.#problem === undefined) return;
    this.#problem = undefined;
    this.#options.log.info("dispatch goes on");
  }

  #pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms);
  }

  async #cancelStarted(executionId: string): Promise<void> {
    const claim = this.#claims.get(executionId);
    if (claim === undefined) return;
    await this.#options.cancelWorkflow(claim.execution).catch((error: unknown) => {
      // Its final state is in place whatever the workflow does; the workflow then runs in vain.
      this.#options.log.warn(
        { err: error, executionId },
        "the workflow of a cancelled execution could not be cancelled",
      );
    });
  }
}

function refusal(executionId: string, problem: string, cause?: unknown): EngineError {
  const message = `Execution ${executionId} could not be started: ${problem}. Replay it when the cause is mended`;
  return new EngineError("engine/start", message, { cause });
}
