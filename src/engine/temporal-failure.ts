import {
  isGrpcServiceError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  NamespaceNotFoundError,
  WorkflowNotFoundError,
} from "@temporalio/client";

/**
 * What a failed call to Temporal means for the caller. `away`: nothing is known to be wrong with this call, wait and
 * repeat it. `busy`: the same, and slow down. `refused`: this very call can never succeed.
 */
export type TemporalFailure =
  | { type: "already-started" }
  | { type: "not-found" }
  | { type: "away"; message: string }
  | { type: "busy"; message: string }
  | { type: "refused"; message: string };

/** https://grpc.io/docs/guides/status-codes/ */
const GRPC = { invalidArgument: 3, resourceExhausted: 8 } as const;

/** Undefined for what no server said: a mistake of ours, to be thrown on. */
export function classifyTemporalFailure(error: unknown): TemporalFailure | undefined {
  if (error instanceof WorkflowExecutionAlreadyStartedError) return { type: "already-started" };
  if (error instanceof WorkflowNotFoundError) return { type: "not-found" };
  if (error instanceof NamespaceNotFoundError)
    return {
      type: "away",
      message: `Namespace ${error.namespace} does not exist; create it or set TEMPORAL_NAMESPACE`,
    };
  const cause = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(cause)) {
    return error instanceof ServiceError ? { type: "away", message: messageOf(cause) } : undefined;
  }
  const message = cause.details === "" ? cause.message : cause.details;
  switch (cause.code as number) {
    case GRPC.resourceExhausted:
      return { type: "busy", message };
    case GRPC.invalidArgument:
      return { type: "refused", message };
    default:
      return { type: "away", message };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
