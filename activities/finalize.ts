import { ApplicationFailure } from "@temporalio/activity";
import type { FinalizeActivityInput } from "#contract/run-flow.ts";
import type { FailureRecord } from "#contract/states.ts";
import type { Ending, EndingOutcome } from "#db/finalize-executions.ts";
import { listStoredSteps, type StoredStep } from "#db/step-results.ts";
import type { Committer } from "./committer.ts";
import type { ActivityDependencies } from "./dependencies.ts";
import { runIdOf } from "./record-waiting.ts";
import type { Sessions } from "./sessions.ts";

type FinalizeDependencies = Pick<ActivityDependencies, "db" | "listener" | "reach"> & {
  sessions: Sessions;
  endings: Committer<Ending, EndingOutcome>;
};

/**
 * Writes the final state, once: a second call finds it there and says the same. The execution leaves this worker's
 * memory.
 */
export function createFinalize(deps: FinalizeDependencies) {
  return async (input: FinalizeActivityInput): Promise<{ summary: string }> => {
    const { executionId, state } = input;
    const mark = await deps.sessions.markOf(input, runIdOf(input));
    const steps = deps.sessions.find(executionId)?.stored;
    const error = await wholeError(deps, input, steps);
    const outcome = await deps.endings.add({ ...mark, state, error });
    if (outcome.generation !== undefined && outcome.generation !== mark.generation)
      throw ApplicationFailure.create({
        type: "engine/terminated",
        nonRetryable: true,
        message: `Execution ${executionId} goes on in a newer run of its workflow: this one wrote nothing`,
      });
    deps.reach("finalize-before-close");
    deps.sessions.drop(executionId);
    deps.listener.changed(executionId);
    deps.listener.finished(executionId, outcome.state ?? state);
    return { summary: summarizeEnd(input, outcome, steps) };
  };
}

/** The workflow knows the error as far as the history may say it; the step's attempt has all of it. */
async function wholeError(
  deps: FinalizeDependencies,
  { error, executionId }: FinalizeActivityInput,
  steps: readonly StoredStep[] | undefined,
): Promise<FailureRecord | undefined> {
  if (error === undefined) return undefined;
  const known = steps ?? (await listStoredSteps(deps.db, executionId));
  const stored = known.findLast((step) => step.path === error.path && step.error !== undefined)?.error;
  // Only the attempt's own error: the flow may have failed for another reason since (a worker lost).
  if (stored === undefined || stored.code !== error.code) return error;
  const { code, message, path, name, stack } = stored;
  return {
    code,
    message,
    ...(path === undefined ? {} : { path }),
    ...(name === undefined ? {} : { name }),
    ...(stack === undefined ? {} : { stack }),
  };
}

function summarizeEnd(
  input: FinalizeActivityInput,
  outcome: EndingOutcome,
  steps: readonly StoredStep[] | undefined,
): string {
  const state = outcome.state ?? input.state;
  const tries = steps === undefined || steps.length === 0 ? "" : `, ${steps.length} steps run`;
  const attempts = input.attempt === 1 ? "" : `, attempt ${input.attempt}`;
  return outcome.applied || state === input.state ? `${state}${attempts}${tries}` : `was ${state} already`;
}
