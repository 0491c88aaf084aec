import { ApplicationFailure, Context } from "@temporalio/activity";
import type { ActivityInput, WaitingActivityInput } from "#contract/run-flow.ts";
import { markResumed, markWaiting } from "#db/execution-progress.ts";
import type { ActivityDependencies } from "./dependencies.ts";
import type { Sessions } from "./sessions.ts";

type RecordDependencies = Pick<ActivityDependencies, "db" | "listener" | "reach"> & { sessions: Sessions };

/** The execution waits, until when and why; what it holds in memory goes where the wait is long. */
export function createRecordWaiting(deps: RecordDependencies) {
  return async (input: WaitingActivityInput): Promise<void> => {
    const { executionId, reason, untilMs, detail } = input;
    const mark = await deps.sessions.markOf(input, runIdOf(input));
    const outcome = await markWaiting(deps.db, mark, { reason, untilMs, detail });
    if (outcome === "refused") throw endedElsewhere(executionId);
    deps.reach("retry-waiting");
    // The next attempt of the flow has an isolate of its own; a step's next try goes on in this one.
    if (reason === "retry") deps.sessions.drop(executionId);
    deps.listener.changed(executionId);
    deps.listener.waiting(executionId, untilMs);
  };
}

export function createRecordResumed(deps: RecordDependencies) {
  return async (input: ActivityInput): Promise<void> => {
    const mark = await deps.sessions.markOf(input, runIdOf(input));
    if ((await markResumed(deps.db, mark)) === "refused") throw endedElsewhere(input.executionId);
    deps.listener.changed(input.executionId);
    deps.listener.resumed(input.executionId);
  };
}

export function runIdOf(input: ActivityInput): string {
  return Context.current().info.workflowExecution?.runId ?? input.run.originalRunId;
}

/** The row is terminal, or a newer generation has it: the workflow has nothing more to do. */
function endedElsewhere(executionId: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: "engine/terminated",
    nonRetryable: true,
    message: `Execution ${executionId} was ended meanwhile: nothing more of it is run`,
  });
}
