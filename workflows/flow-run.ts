import { workflowInfo } from "@temporalio/workflow";
import type { ActivityInput, RunFlowInput } from "#contract/run-flow.ts";

/** The state of one run, changed in place as the plan is walked. */
export interface FlowRun {
  readonly input: RunFlowInput;
  readonly shouldContinue: () => boolean;
  /** The flow's attempt, 1-based. */
  attempt: number;
  seq: number;
  /** Results with a smaller `seq` no longer count. */
  since: number;
  /** Paths of the steps that are done in this attempt, or kept from earlier ones. */
  readonly done: Set<string>;
  /**
   * A person asked for the next try now. Only a wait takes it back: when a signal arrives during a local activity
   * Temporal runs that task again from its start with the signal first, so a flag cleared before the wait is lost.
   */
  wakeRequested: boolean;
}

export function beginRun(input: RunFlowInput, shouldContinue: () => boolean): FlowRun {
  const { attempt, seq, since, done } = input.continued ?? { attempt: 1, seq: 0, since: 0, done: [] };
  return { input, shouldContinue, attempt, seq, since, done: new Set(done), wakeRequested: false };
}

/** What the next write carries: each call numbers a new one. */
export function writeOf(run: FlowRun): ActivityInput {
  run.seq += 1;
  const { originalExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  return {
    executionId: run.input.executionId,
    attempt: run.attempt,
    seq: run.seq,
    run: {
      startToken: run.input.startToken,
      originalRunId: originalExecutionRunId,
      ...(continuedFromExecutionRunId === undefined || run.input.continued === undefined
        ? {}
        : { continuedFromRunId: continuedFromExecutionRunId }),
    },
  };
}
