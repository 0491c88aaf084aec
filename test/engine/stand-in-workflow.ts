import { isCancellation, proxyLocalActivities, CancellationScope } from "@temporalio/workflow";
import type { RunFlowInput } from "#contract/run-flow.ts";

const { work, finish } = proxyLocalActivities<{
  work(executionId: string): Promise<void>;
  finish(executionId: string, state: string): Promise<void>;
}>({ startToCloseTimeout: "1 minute" });

/** In the place of the real interpreter, so that a test decides when an execution ends. */
export async function runFlow(input: RunFlowInput): Promise<void> {
  try {
    await work(input.executionId);
    await finish(input.executionId, "succeeded");
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => finish(input.executionId, "cancelled"));
    throw error;
  }
}
