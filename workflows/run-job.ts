/**
 * A bulk job: takes its items in batches until none is left. Items and their results are rows of Postgres; this history
 * holds how many were taken.
 *
 * 1. Whatever is done twice is done once: a batch commits each item with its end (`activities/jobs/run-job-batch.ts`).
 * 2. Batches are bounded, so is a history: it goes on in a new run.
 * 3. No more than `ratePerMinute` items are begun in a minute; after a batch the workflow waits for what it used up.
 * 4. Cancelled in Temporal, the job is cancelled in Millrace too. Cancelled in Millrace, the next batch finds it ended.
 */
import {
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from "@temporalio/workflow";
import type { JobActivities, RunJobInput } from "#contract/run-job.ts";
import { batchSize, pauseAfter } from "./job-pace.ts";

const { runJobBatch, endJob } = proxyActivities<JobActivities>({
  startToCloseTimeout: "10 minutes",
  // A batch that is run again does nothing twice, so a worker may be thought dead early.
  heartbeatTimeout: "10 seconds",
  retry: { initialInterval: "500 milliseconds", backoffCoefficient: 2, maximumInterval: "30 seconds" },
});

/** Well below what Temporal suggests: a history that a person can read. */
const BATCHES_PER_RUN = 500;

/** The result is a line for the reader of the history. */
export async function runJob(input: RunJobInput): Promise<{ summary: string }> {
  try {
    await takeBatches(input);
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => end(input, "cancelled"));
    throw error;
  }
  return end(input, "done");
}

async function takeBatches(input: RunJobInput): Promise<void> {
  const { jobId, organizationId } = input;
  const limit = batchSize(input);
  for (let batch = 0; ; batch += 1) {
    const startedAtMs = Date.now();
    const { summary, taken, returned, isOver } = await runJobBatch({ jobId, organizationId, limit });
    if (isOver) return;
    setCurrentDetails(`The last batch, of ${taken}: ${summary}.`);
    const pauseMs = pauseAfter(input, { taken, returned, tookMs: Date.now() - startedAtMs });
    if (pauseMs > 0) await sleep(pauseMs, { summary: `${input.ratePerMinute} a minute` });
    if (batch + 1 >= BATCHES_PER_RUN || workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof runJob>(input);
  }
}

async function end(
  { jobId, organizationId }: RunJobInput,
  state: "done" | "cancelled",
): Promise<{ summary: string }> {
  const { summary } = await endJob({ jobId, organizationId, state });
  setCurrentDetails(`Ended: ${summary}.`);
  return { summary };
}
