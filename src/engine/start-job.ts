import type { Client } from "@temporalio/client";
import { EngineError } from "#contract/errors.ts";
import { type JobKind, jobWorkflowIdOf } from "#contract/jobs.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import { RUN_JOB, type RunJobInput } from "#contract/run-job.ts";
import type { Db } from "#db/connect.ts";
import { findJob, type JobRow } from "#db/jobs.ts";
import { classifyTemporalFailure } from "./temporal-failure.ts";

export interface StartJobDependencies {
  db: Db;
  client: Client;
  taskQueue: string;
  /** Of the api: the history links to the job. */
  publicUrl: string;
}

const RPC_TIMEOUT_MS = 5_000;

/**
 * Starts a job's workflow, where none runs: asked twice, it is started once. One whose workflow was lost or terminated
 * gets another, which goes on with the items that are left.
 *
 * @throws EngineError `request/not-found`, `engine/unavailable` while Temporal is away
 */
export async function startJob(
  { db, client, taskQueue, publicUrl }: StartJobDependencies,
  { organizationId, input: { jobId } }: { organizationId: string; input: RequestInput<"run-job"> },
): Promise<RequestResult<"run-job">> {
  const job = await findJob(db, { organizationId, id: jobId });
  if (job === undefined) throw new EngineError("request/not-found", `There is no job ${jobId}`);
  if (job.finishedAt !== null) return { outcome: "already-ended" };
  const { kind, dryRun, ratePerMinute } = job;
  const args: RunJobInput = { organizationId, jobId, kind, dryRun, ratePerMinute };
  try {
    await client.withDeadline(Date.now() + RPC_TIMEOUT_MS, () =>
      client.workflow.start(RUN_JOB, {
        workflowId: jobWorkflowIdOf(args),
        taskQueue,
        // A job that has ended starts nothing (above); one that has not may have lost its workflow.
        workflowIdReusePolicy: "ALLOW_DUPLICATE",
        workflowIdConflictPolicy: "FAIL",
        staticSummary: SUMMARIES[kind](job),
        staticDetails: `${job.dryRun ? "Dry run: nothing is changed. " : ""}Items and their results: ${publicUrl}/api/v1/jobs/${jobId}/items, or \`millrace jobs:get ${jobId}\`.`,
        memo: { jobId },
        args: [args],
      }),
    );
    return { outcome: "started" };
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure?.type === "already-started") return { outcome: "already-running" };
    if (failure === undefined || failure.type === "refused") throw error;
    throw new EngineError("engine/unavailable", "Temporal cannot be reached at present", { cause: error });
  }
}

const SUMMARIES: Record<JobKind, (job: JobRow) => string> = {
  "upgrade-instances": ({ dryRun, parameters }) =>
    `${dryRun ? "Dry run: upgrade" : "Upgrade"} instances to version ${parameters.version}`,
};
