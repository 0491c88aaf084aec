import type { PrimedExecution } from "#contract/primed-execution.ts";
import type { Activities } from "#contract/run-flow.ts";
import { commitSteps } from "#db/commit-steps.ts";
import { type Ending, finalizeExecutions } from "#db/finalize-executions.ts";
import type { StepResult } from "#db/step-results.ts";
import { createCommitter } from "./committer.ts";
import type { ActivityDependencies } from "./dependencies.ts";
import { createFinalize } from "./finalize.ts";
import { createRecordResumed, createRecordWaiting } from "./record-waiting.ts";
import { createRunStep } from "./run-step.ts";
import { Sessions } from "./sessions.ts";

export interface ActivityRoom {
  /** For `Worker.create`. */
  activities: Activities;
  /** To be called before the workflow is started; losing it costs a read. */
  prime(execution: PrimedExecution): void;
  /** The start did not come about. */
  unprime(executionId: string): void;
  /** A person cancelled it: a step that runs here ends at once. False where this worker holds none of it. */
  stopStep(executionId: string): boolean;
  /** After the Temporal worker has stopped: waits for what is being committed and frees every isolate. */
  close(): Promise<void>;
}

export function createActivities(deps: ActivityDependencies): ActivityRoom {
  const sessions = new Sessions(deps);
  const commits = createCommitter(
    (results: StepResult[]) => commitSteps(deps.db, results, (shard) => deps.listener.queued(shard)),
    (result) => result.output?.length ?? 0,
  );
  const endings = createCommitter(
    (items: Ending[]) => finalizeExecutions(deps.db, items),
    () => 0,
  );
  const shared = { ...deps, sessions, commits, endings };
  return {
    activities: {
      runStep: createRunStep(shared),
      recordWaiting: createRecordWaiting(shared),
      recordResumed: createRecordResumed(shared),
      finalize: createFinalize(shared),
    },
    prime: (execution) => sessions.prime(execution),
    unprime: (executionId) => sessions.unprime(executionId),
    stopStep: (executionId) => sessions.stop(executionId),
    async close() {
      await Promise.all([commits.drain(), endings.drain()]);
      sessions.close();
    },
  };
}
