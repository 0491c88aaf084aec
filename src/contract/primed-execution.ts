import type { GuestTrigger } from "./sandbox.ts";

/** Whose execution, and of what. */
export interface ExecutionIdentity {
  executionId: string;
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  flowKey: string;
}

/**
 * What the dispatcher has read of an execution before it starts the workflow, handed to the activities of the same
 * process by `prime`, so that the hot path reads nothing twice. Losing it costs a read.
 */
export interface PrimedExecution extends ExecutionIdentity {
  generation: number;
  /** The same as in the input of the workflow that is about to be started. */
  startToken: string;
  /** A resumed execution: results of another one are stored under its id. */
  hasEarlierResults: boolean;
  /** Absent where the payload was not read with the rest. */
  loadTrigger?: () => Promise<GuestTrigger>;
}
