import { Worker } from "@temporalio/worker";
import type { Activities } from "#contract/run-flow.ts";
import type { JobActivities } from "#contract/run-job.ts";
import type { Temporal } from "./create-temporal.ts";

export interface WorkerOptions {
  temporal: Pick<Temporal, "connection" | "namespace">;
  taskQueue: string;
  identity: string;
  /** As `bundleWorkflowCode` made it. */
  workflowCode: string;
  /** A worker without those of jobs, or of flows, leaves them to others. */
  activities: Activities | JobActivities | (Activities & JobActivities);
  /** Executions that may run here at once: the dispatcher starts no more. */
  slots: number;
}

/**
 * For work that other workers left, what wakes after a long wait, and tasks that pollers hold in reserve: with these
 * a start within `slots` always finds a free slot, and so stays eager.
 */
const RESERVE = 20;
/** What runs at a stop may end in this time; what does not is run again elsewhere. */
const SHUTDOWN_GRACE_MS = 20_000;

/** The Temporal worker of this process. A running local activity holds its workflow task's slot, so all limits agree. */
export function createWorker(options: WorkerOptions): Promise<Worker> {
  const { temporal, slots } = options;
  return Worker.create({
    connection: temporal.connection,
    namespace: temporal.namespace,
    taskQueue: options.taskQueue,
    identity: options.identity,
    workflowBundle: { code: options.workflowCode },
    activities: options.activities,
    reuseV8Context: true,
    maxConcurrentWorkflowTaskExecutions: slots + RESERVE,
    maxConcurrentLocalActivityExecutions: slots + RESERVE,
    maxConcurrentActivityTaskExecutions: slots + RESERVE,
    maxCachedWorkflows: slots + RESERVE,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
  });
}
