import type { ErrorCode } from "./errors.ts";
import type { FlowPlan, StepNode } from "./plan.ts";
import type { TerminalState, TriggerKind, WaitingFor } from "./states.ts";

/**
 * The contract between dispatcher, workflow and activities. Types and constants only: workflows import it.
 * Histories hold control, Postgres holds data: nothing here carries a payload, an input or an output.
 */
export const TASK_QUEUE = "millrace";
export const RUN_FLOW = "runFlow";
export const RETRY_NOW_SIGNAL = "retryNow";

/** Search attributes, set at start and never upserted. All are keywords. */
export const SEARCH_ATTRIBUTES = [
  "Customer",
  "Integration",
  "Version",
  "Flow",
  "InstanceId",
  "ExecutionId",
  "TriggerKind",
  "ReplayOf",
] as const;

export interface RunFlowInput {
  executionId: string;
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  flowKey: string;
  trigger: TriggerKind;
  /** Words for a person: readable keys and names. */
  labels: {
    integration: string;
    version: number;
    flow: string;
    customer: string;
    /** Set where it is one, and where it runs a draft that was never deployed. */
    test?: true;
    draft?: true;
  };
  plan: FlowPlan;
  /**
   * Made anew by the dispatcher for each call of start, and given to `prime` too: a session that finds the same
   * token in both knows that nothing of this run was stored before, and reads nothing.
   */
  startToken: string;
  /** Set by continueAsNew only. */
  continued?: FlowProgress;
}

/** Where a run stands; carried over by continueAsNew. */
export interface FlowProgress {
  /** The flow's attempt, 1-based. */
  attempt: number;
  /** Number of the last write. */
  seq: number;
  /** Step results with a smaller number no longer count: the flow's retry began from the start. */
  since: number;
  /** Paths of the steps that need not run again. */
  done: string[];
}

/** Which run of the workflow speaks: Temporal's reset makes a new one under the same workflow id. */
export interface RunIdentity {
  startToken: string;
  /** As the history began; a reset run has another id of its own. */
  originalRunId: string;
  /** The run before it, where it was continued as new. */
  continuedFromRunId?: string;
}

/** What every write of a run carries. Activities learn the run's own id from their context. */
export interface ActivityInput {
  executionId: string;
  run: RunIdentity;
  /** The flow's attempt, 1-based. */
  attempt: number;
  /** Monotonic over the workflow's writes. */
  seq: number;
}

/** The smallest thing that says what to run: inputs and outputs stay in the session and in Postgres. */
export interface StepActivityInput extends ActivityInput {
  step: StepNode;
  /** The step's attempt within the flow's attempt, 1-based. Regular activities add their own to it. */
  stepAttempt: number;
  since: number;
}

/** Its first property is the line that a reader of the history sees: "201, 3 entries, 412 ms". */
export interface StepActivityResult {
  summary: string;
  preview?: string;
}

/** `details[0]` of the ApplicationFailure that a failed step throws; its `type` is the `code`. */
export interface StepFailureDetails {
  code: ErrorCode;
  path: string;
  /** The step's attempt that failed, within the flow's attempt. */
  stepAttempt: number;
  retryable: boolean;
  retryAfterMs?: number;
  httpStatus?: number;
}

export interface WaitingActivityInput extends ActivityInput {
  reason: WaitingFor["reason"];
  untilMs: number;
  /** One sentence for a person: "retry 2/3 of the flow: post failed, HTTP 503". */
  detail: string;
}

export interface FinalizeActivityInput extends ActivityInput {
  state: Extract<TerminalState, "succeeded" | "failed" | "cancelled">;
  /** As far as the history may say it; the whole error was committed with the step's attempt. */
  error?: { code: ErrorCode; message: string; path?: string };
}

/** What `activities/create-activities.ts` returns; the workflow proxies it. */
export interface Activities {
  runStep(input: StepActivityInput): Promise<StepActivityResult>;
  recordWaiting(input: WaitingActivityInput): Promise<void>;
  recordResumed(input: ActivityInput): Promise<void>;
  finalize(input: FinalizeActivityInput): Promise<{ summary: string }>;
}
