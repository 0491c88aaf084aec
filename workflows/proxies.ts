import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from "@temporalio/workflow";
import type { Activities } from "#contract/run-flow.ts";

/** How long a step's activity may take beyond the step itself: an isolate to wait for, a commit to repeat. */
const STEP_SLACK_MS = 120_000;

export function stepDeadlineMs(timeoutMs: number): number {
  return timeoutMs + STEP_SLACK_MS;
}

/** State writes: repeated until Postgres takes them. */
export const local = proxyLocalActivities<Pick<Activities, "recordWaiting" | "recordResumed" | "finalize">>({
  startToCloseTimeout: "30 seconds",
  retry: { initialInterval: "100 milliseconds", backoffCoefficient: 2, maximumInterval: "10 seconds" },
});

/** A step's first try: in the worker that holds the session, once. */
export const localStep = proxyLocalActivities<Pick<Activities, "runStep">>({
  startToCloseTimeout: STEP_SLACK_MS,
  retry: { maximumAttempts: 1 },
});

/** Later tries, and steps that run long: by the server, on any worker; a dead one is noticed by its heartbeat. */
export const remoteStep = proxyActivities<Pick<Activities, "runStep">>({
  startToCloseTimeout: STEP_SLACK_MS,
  heartbeatTimeout: "15 seconds",
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});
