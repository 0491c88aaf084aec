import type { Context } from "@temporalio/activity";
import type { Logger } from "pino";
import { codeOf, EngineError, type ErrorCode } from "#contract/errors.ts";
import type { JobItemOutcome, JobKind } from "#contract/jobs.ts";
import { LIMITS } from "#contract/limits.ts";
import type { JobBatchInput, JobBatchResult } from "#contract/run-job.ts";
import type { Db } from "#db/connect.ts";
import type { HintSender } from "#db/hints.ts";
import { isUnavailable } from "#db/is-unavailable.ts";
import { endItem, listQueuedItems, lockQueuedItem, type QueuedItem, returnItem } from "#db/job-items.ts";
import { beginBatch, holdRunningJob, type JobRow } from "#db/jobs.ts";
import type { HandledItem, JobItemHandler } from "./job-item-handler.ts";

/**
 * Takes some items of a job and does them, one after the other.
 *
 * 1. What is done to an item and the item's end are one transaction: a worker that dies leaves both or neither, and a
 *    batch that runs twice does nothing twice.
 * 2. That transaction holds the job's row: once a cancel is answered, nothing more is done.
 * 3. One item's refusal or fault ends that item alone. Only what would meet them all (Postgres is away) fails the
 *    batch, and Temporal repeats it.
 */
export interface RunJobBatchDependencies {
  db: Db;
  hints: Pick<HintSender, "send">;
  log: Pick<Logger, "error">;
  handlers: Record<JobKind, JobItemHandler>;
}

type Ended = JobItemOutcome["state"] | "returned" | "gone";

export function createRunJobBatch(deps: RunJobBatchDependencies) {
  return async (
    { jobId, organizationId, limit }: JobBatchInput,
    context: Pick<Context, "cancellationSignal">,
  ): Promise<JobBatchResult> => {
    const job = await beginBatch(deps.db, { organizationId, id: jobId });
    if (job === undefined) return { summary: "the job has ended", taken: 0, returned: 0, isOver: true };
    const items = await listQueuedItems(deps.db, jobId, limit);
    const ended: Ended[] = [];
    for (const item of items) {
      context.cancellationSignal.throwIfAborted();
      ended.push(await runItem(deps, { job, item, signal: context.cancellationSignal }));
      deps.hints.send("millrace_change", `${organizationId}/jobs/${jobId}`);
    }
    const returned = ended.filter((each) => each === "returned").length;
    const isOver = items.length < limit && returned === 0;
    return { summary: summarize(ended), taken: items.length, returned, isOver };
  };
}

async function runItem(
  deps: RunJobBatchDependencies,
  { job, item, signal }: { job: JobRow; item: QueuedItem; signal: AbortSignal },
): Promise<Ended> {
  const key = { jobId: job.id, subjectId: item.subjectId };
  try {
    const handle = await deps.handlers[job.kind](deps.db, { job, subjectId: item.subjectId, signal });
    const handled = await deps.db.transaction().execute(async (transaction) => {
      if (!(await holdRunningJob(transaction, job.id))) return undefined;
      if (!(await lockQueuedItem(transaction, key))) return undefined;
      const done = await handle(transaction);
      await endItem(transaction, key, done.outcome);
      return done;
    });
    if (handled === undefined) return "gone";
    announce(deps, job, { ...handled, subjectId: item.subjectId });
    return handled.outcome.state;
  } catch (error) {
    if (isUnavailable(error) || signal.aborted) throw error;
    if (mayPass(error) && item.attempts + 1 < LIMITS.jobItemAttempts) {
      await returnItem(deps.db, key);
      return "returned";
    }
    const outcome = outcomeOf(error);
    if (outcome.state === "failed")
      deps.log.error({ err: error, ...key, kind: job.kind }, "an item of a job failed");
    await endItem(deps.db, key, outcome);
    return outcome.state;
  }
}

function announce(
  { hints }: RunJobBatchDependencies,
  job: JobRow,
  { shards, outcome, subjectId }: HandledItem & { subjectId: string },
): void {
  for (const shard of shards) hints.send("millrace_queue", String(shard));
  if (outcome.state === "changed" && !job.dryRun && job.kind === "upgrade-instances")
    hints.send("millrace_change", `${job.organizationId}/instances/${subjectId}`);
}

/** Somebody else is at it (a person deploys, another job upgrades), or the sandbox is. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof EngineError) || !error.retryable) return false;
  return error.code === "request/conflict" || error.code.startsWith("engine/");
}

type Refusal = Extract<JobItemOutcome, { code: string }>;

function outcomeOf(error: unknown): Refusal {
  const code: ErrorCode = codeOf(error);
  if (error instanceof EngineError && !code.startsWith("engine/"))
    return { state: "refused", code, message: error.message, problems: error.problems ?? [] };
  const message = "A fault of Millrace; the worker's log has more under this job's id";
  return { state: "failed", code, message, problems: [] };
}

/** "48 changed, 2 refused". */
function summarize(ended: readonly Ended[]): string {
  const counts = new Map<Ended, number>();
  for (const each of ended) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].map(([what, count]) => `${count} ${what}`).join(", ") || "nothing is left";
}
