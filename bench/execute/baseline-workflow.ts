import { proxyLocalActivities } from "@temporalio/workflow";

const { step } = proxyLocalActivities<{ step(waitMs: number): Promise<void> }>({
  startToCloseTimeout: "1 minute",
  retry: { maximumAttempts: 1 },
});

/** Temporal's own share of a flow of three steps: no sandbox, no Postgres. */
export async function baseline(waitMs: number): Promise<void> {
  await step(waitMs);
  await step(waitMs);
  await step(waitMs);
}
