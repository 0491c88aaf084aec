import { LIMITS } from "#contract/limits.ts";
import type { RunJobInput } from "#contract/run-job.ts";

type Pace = Pick<RunJobInput, "ratePerMinute" | "dryRun">;

/** A batch holds what the rate allows in this time, so that a slow job moves on steadily too. */
const BATCH_MS = 5_000;
/** All that is left has met a conflict: whoever holds it gets this long. */
const CONFLICT_PAUSE_MS = 2_000;

export function batchSize({ ratePerMinute, dryRun }: Pace): number {
  if (dryRun) return LIMITS.jobBatch;
  return Math.max(1, Math.min(LIMITS.jobBatch, Math.floor((ratePerMinute * BATCH_MS) / 60_000)));
}

/** How long to wait before the next batch. A dry run only reads, and is not held back. */
export function pauseAfter(
  { ratePerMinute, dryRun }: Pace,
  { taken, returned, tookMs }: { taken: number; returned: number; tookMs: number },
): number {
  if (dryRun) return 0;
  const restMs = (taken * 60_000) / ratePerMinute - tookMs;
  return Math.max(0, restMs, returned === taken ? CONFLICT_PAUSE_MS : 0);
}
