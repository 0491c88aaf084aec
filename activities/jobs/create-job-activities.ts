import { Context } from "@temporalio/activity";
import type { JobActivities } from "#contract/run-job.ts";
import { NO_ITEMS } from "#contract/jobs.ts";
import { endJob } from "#db/jobs.ts";
import { withHeartbeat } from "../heartbeat.ts";
import { createRunJobBatch, type RunJobBatchDependencies } from "./run-job-batch.ts";
import { createUpgradeInstanceItem } from "./upgrade-instance-item.ts";

export type JobActivityDependencies = Omit<RunJobBatchDependencies, "handlers"> & {
  /** Of the api, as senders reach it: deploy flows are told where webhooks arrive. */
  publicUrl: string;
};

/** What `runJob` asks for. */
export function createJobActivities({ publicUrl, ...deps }: JobActivityDependencies): JobActivities {
  const handlers = { "upgrade-instances": createUpgradeInstanceItem({ publicUrl }) };
  const runJobBatch = createRunJobBatch({ ...deps, handlers });
  return {
    runJobBatch(input) {
      const context = Context.current();
      return withHeartbeat(context, () => runJobBatch(input, context));
    },
    async endJob({ jobId, organizationId, state }) {
      const job = await endJob(deps.db, { organizationId, id: jobId }, state);
      deps.hints.send("millrace_change", `${organizationId}/jobs/${jobId}`);
      const counts = job?.counts ?? NO_ITEMS;
      return { summary: `${job?.state ?? state}: ${counts.changed} of ${counts.total} changed`, counts };
    },
  };
}
