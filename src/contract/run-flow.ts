import type { ErrorCode } from "./errors.ts";
import type { FlowPlan } from "./plan.ts";
import type { TerminalState, TriggerKind } from "./states.ts";

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
  labels: { integration: string; version: number; flow: string; customer: string };
  plan: FlowPlan;
  /** A resumed execution begins with outputs of another: its first session reads the stored results. */
  hasEarlierResults: boolean;
  /** Set by continueAsNew only. */
  continued?: { attempt: number; seq: number; done: string[] };
}

/** The smallest thing that names an execution's session. */
export interface StepActivityInput {
  executionId: string;
  path: string;
  /** The flow's attempt, 1-based. */
  attempt: number;
  /** The step's attempt within the flow's attempt, 1-based. Regular activities add their own to it. */
  stepAttempt: number;
  /** Monotonic over the workflow's writes. */
  seq: number;
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
  retryable: boolean;
  retryAfterMs?: number;
  httpStatus?: number;
  /** Committed with the step's attempt, so that `finalize` need not carry the message. */
  recorded: boolean;
}

export interface WaitingActivityInput {
  executionId: string;
  attempt: number;
  seq: number;
  untilMs: number;
  detail: string;
  failedPath: string;
}

export interface FinalizeActivityInput {
  executionId: string;
  attempt: number;
  seq: number;
  state: Extract<TerminalState, "succeeded" | "failed" | "cancelled">;
  error?: { code: ErrorCode; message: string; path?: string };
}

/** What `activities/create-activities.ts` returns; the workflow proxies it. */
export interface Activities {
  runStep(input: StepActivityInput): Promise<StepActivityResult>;
  recordWaiting(input: WaitingActivityInput): Promise<void>;
  recordResumed(input: { executionId: string; attempt: number; seq: number }): Promise<void>;
  finalize(input: FinalizeActivityInput): Promise<{ summary: string }>;
}
