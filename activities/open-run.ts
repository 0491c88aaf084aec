import { ApplicationFailure } from "@temporalio/activity";
import type { ActivityInput } from "#contract/run-flow.ts";
import type { Db } from "#db/connect.ts";
import { type ExecutionProgress, findExecutionProgress, openGeneration } from "#db/execution-progress.ts";
import { standingOf } from "./run-identity.ts";

/**
 * Reads an execution's row for a run of its workflow, and opens the next generation where Temporal has reset it.
 *
 * @throws ApplicationFailure, not retryable, where this run may not write: the row is gone, or another run has it
 */
export async function openRun(db: Db, input: ActivityInput, runId: string): Promise<ExecutionProgress> {
  const { executionId } = input;
  for (;;) {
    const progress = await findExecutionProgress(db, executionId);
    if (progress === undefined)
      throw refusal(`Execution ${executionId} does not exist: it was deleted, or its retention is over`);
    const standing = standingOf(progress.runId, { ...input.run, runId });
    if (standing.type === "current") return progress;
    if (standing.type === "foreign")
      throw refusal(
        `Execution ${executionId} belongs to run ${progress.runId ?? "unknown"} of its workflow, not to run ${runId}: nothing was run. Use replay in Millrace to run an execution again.`,
      );
    const { generation: from } = progress;
    const { attempt, seq } = input;
    if (await openGeneration(db, { executionId, from, runId, attempt, seq }))
      return { ...progress, state: "running", generation: from + 1, runId };
  }
}

function refusal(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: "engine/internal", nonRetryable: true, message });
}
