import type { Logger } from "pino";
import { LIMITS } from "#contract/limits.ts";
import { withAdvisoryLock } from "#db/advisory-lock.ts";
import type { Db } from "#db/connect.ts";
import { sweepIdempotencyKeys } from "#db/idempotency-keys.ts";
import { sweepDedupKeys } from "#db/dedup-keys.ts";
import { sweepEndpointChanges } from "#db/endpoint-changes.ts";
import { requeueCustomerDeletions } from "#db/customer-deletion.ts";
import { removeRefutedFailures } from "#db/failing-instances.ts";
import { requeueDeletions } from "#db/instance-deletion.ts";
import { requeueJobs, sweepJobs } from "#db/jobs.ts";
import { ensurePartitions } from "#db/partitions.ts";
import { sweepProcesses } from "#db/processes.ts";
import { sweepRequests } from "#db/requests.ts";
import { dropExpiredPartitions } from "#db/retention.ts";
import { sweepTicks } from "#db/schedules.ts";
import { repeat } from "./repeat.ts";

export interface MaintenanceOptions {
  db: Db;
  log: Logger;
  retentionDays: number;
  now?: () => number;
}

const EVERY_MS = 60_000;
/** Old dedup keys and requests go in small statements; what is left over goes next time. */
const BATCH = 1_000;
const BATCHES = 100;
const ASK_WITHIN_MS = 24 * 60 * 60_000;
/** A job's batch, with the wait that the slowest rate has after it. */
const JOB_IDLE_MS = 3 * 60_000;
/** This upkeep runs each minute, where a worker lives. */
const FAILURES_LOOKED_AT_MS = 10 * 60_000;
/** Every api process reads changes each second. */
const CHANGES_KEPT_MS = 60 * 60_000;

/** Keeps the database in shape: of all workers one at a time does it. */
export function startMaintenance(options: MaintenanceOptions): { stop(): Promise<void> } {
  const { db, log } = options;
  return repeat({
    everyMs: EVERY_MS,
    firstAfterMs: 0,
    task: async (signal) => {
      await withAdvisoryLock(db, "millrace-maintenance", () => maintain(options, signal));
    },
    onError: (error) =>
      log.error({ err: error }, "maintenance of the database failed; trying again in a minute"),
  });
}

/** Each task by itself: one that fails stops none of the others. The first failure is thrown at the end. */
export async function maintain(options: MaintenanceOptions, signal: AbortSignal): Promise<void> {
  const { db, log, retentionDays, now = Date.now } = options;
  const tasks: (() => Promise<unknown>)[] = [
    () => ensurePartitions(db, now()),
    () => sweepInBatches(() => sweepDedupKeys(db, { batch: BATCH }), signal),
    () => sweepInBatches(() => sweepRequests(db, BATCH), signal),
    () =>
      sweepInBatches(
        () => sweepIdempotencyKeys(db, { olderThanMs: LIMITS.idempotencyKeyMs, limit: BATCH }),
        signal,
      ),
    () => requeueDeletions(db, new Date(now() + ASK_WITHIN_MS)),
    () => requeueJobs(db, { idleMs: JOB_IDLE_MS, deadline: new Date(now() + ASK_WITHIN_MS) }),
    () => sweepInBatches(() => sweepJobs(db, { keptMs: LIMITS.jobKeptMs, limit: BATCH }), signal),
    () => requeueCustomerDeletions(db, new Date(now() + ASK_WITHIN_MS)),
    () => sweepInBatches(() => sweepTicks(db, { keptMs: LIMITS.scheduleTicksKeptMs, batch: BATCH }), signal),
    () => removeRefutedFailures(db, { withinMs: FAILURES_LOOKED_AT_MS }),
    () => sweepEndpointChanges(db, CHANGES_KEPT_MS),
    () => sweepProcesses(db),
    async () => {
      const { dropped, keptForRunning } = await dropExpiredPartitions(db, { retentionDays, nowMs: now() });
      if (dropped.length > 0) log.info({ dropped }, "data over its retention was dropped");
      if (keptForRunning.length > 0)
        log.info(
          { days: keptForRunning },
          "days over their retention are kept: executions of theirs have not ended",
        );
    },
  ];
  const failures: unknown[] = [];
  for (const task of tasks) {
    if (signal.aborted) return;
    await task().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

async function sweepInBatches(sweep: () => Promise<number>, signal: AbortSignal): Promise<void> {
  for (let batch = 0; batch < BATCHES && !signal.aborted; batch += 1) if ((await sweep()) < BATCH) return;
}
