import type { Client } from "@temporalio/client";
import { type ErrorCode, isErrorCode } from "#contract/errors.ts";
import type { FailureRecord, TerminalState } from "#contract/states.ts";
import { classifyTemporalFailure } from "./temporal-failure.ts";

/** What Temporal knows of an execution's workflow: its latest run counts. */
export type WorkflowFact =
  | { type: "running" }
  | { type: "missing" }
  | {
      type: "ended";
      state: Extract<TerminalState, "succeeded" | "failed" | "cancelled">;
      error: FailureRecord | undefined;
      finishedAt: Date | undefined;
    };

/** temporal.api.enums.v1.HistoryEventFilterType, which the client does not export. */
const CLOSE_EVENT = 2;

/**
 * Asks the history service, never visibility, which is slow to know and limited to some requests a second.
 *
 * @throws what the client throws when Temporal is away or busy
 */
export async function readWorkflowFact(client: Client, workflowId: string): Promise<WorkflowFact> {
  const { namespace } = client.options;
  try {
    // The handle tells a missing workflow from a missing namespace; the bare service does not.
    const { status, runId } = await client.workflow.getHandle(workflowId).describe();
    if (status.name === "RUNNING") return { type: "running" };
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      historyEventFilterType: CLOSE_EVENT,
    });
    const event = history?.events?.at(-1);
    if (event === undefined) return { type: "missing" };
    return { type: "ended", ...readCloseEvent(event), finishedAt: toDate(event.eventTime) };
  } catch (error) {
    if (classifyTemporalFailure(error)?.type === "not-found") return { type: "missing" };
    throw error;
  }
}

type HistoryEvent = NonNullable<
  NonNullable<
    Awaited<ReturnType<Client["workflowService"]["getWorkflowExecutionHistory"]>>["history"]
  >["events"]
>[number];

function readCloseEvent(event: HistoryEvent): {
  state: "succeeded" | "failed" | "cancelled";
  error: FailureRecord | undefined;
} {
  if (isSet(event.workflowExecutionCompletedEventAttributes)) return { state: "succeeded", error: undefined };
  if (isSet(event.workflowExecutionCanceledEventAttributes)) return { state: "cancelled", error: undefined };
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  if (isSet(terminated)) {
    const reason = terminated.reason ?? "";
    return failed(
      "engine/terminated",
      `Its workflow was terminated in Temporal by ${terminated.identity ?? "someone"}${reason === "" ? "" : `: ${reason}`}`,
    );
  }
  if (isSet(event.workflowExecutionTimedOutEventAttributes))
    return failed("engine/terminated", "Its workflow ran into a time limit that was set in Temporal");
  const failure = event.workflowExecutionFailedEventAttributes?.failure;
  const type = failure?.applicationFailureInfo?.type;
  return failed(isErrorCode(type) ? type : "engine/internal", failure?.message ?? "Its workflow failed");
}

function failed(code: ErrorCode, message: string): { state: "failed"; error: FailureRecord } {
  return { state: "failed", error: { code, message } };
}

function isSet<Value>(value: Value | null | undefined): value is Value {
  return value !== null && value !== undefined;
}

function toDate(time: HistoryEvent["eventTime"]): Date | undefined {
  if (!isSet(time)) return undefined;
  return new Date(Number(time.seconds ?? 0) * 1000 + Math.floor((time.nanos ?? 0) / 1e6));
}
