import { Context } from "@temporalio/activity";
import type { JobActivities } from "#contract/run-job.ts";
import { NO_ITEMS } from "#contract/jobs.ts";
import { endJob } from "#db/jobs.ts";
import { withHeartbeat } from "../heartbeat.ts";
import { createRunJobBatch, type RunJobBatchDependencies } from "./run-job-batch.ts";
import { createUpgradeInstanceItem, type UpgradeItemDependencies } from "./upgrade-instance-item.ts";

export type JobActivityDependencies = Omit<RunJobBatchDependencies, "handlers"> & UpgradeItemDependencies;

/** What `runJob` asks for. */
export function createJobActivities(deps: JobActivityDependencies): JobActivities {
  const handlers = { "upgrade-instances": createUpgradeInstanceItem(deps) };
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
