import type { Client, WorkflowHandle } from "@temporalio/client";
import { EngineError } from "#contract/errors.ts";
import { workflowIdOf } from "#contract/ids.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import { RETRY_NOW_SIGNAL } from "#contract/run-flow.ts";
import { type ExecutionState, isTerminal } from "#contract/states.ts";
import type { Db } from "#db/connect.ts";
import { cancelQueued } from "#db/queue.ts";
import { classifyTemporalFailure } from "./temporal-failure.ts";

export interface ExecutionRequestDependencies {
  db: Db;
  client: Client;
  /** Tells every worker to end a step of the execution that runs there, this one at once. */
  stopStep(executionId: string): void;
}

interface ExecutionRequest<Kind extends "cancel-execution" | "retry-now"> {
  organizationId: string;
  input: RequestInput<Kind>;
}

/**
 * Temporal is asked first: the workflow then knows why the step ends. The step is ended beside it, since a cancel by
 * Temporal reaches a running one only at its next heartbeat. @throws EngineError `request/not-found`
 */
export async function cancelExecution(
  deps: ExecutionRequestDependencies,
  { organizationId, input }: ExecutionRequest<"cancel-execution">,
): Promise<RequestResult<"cancel-execution">> {
  const { executionId } = input;
  const execution = await findExecution(deps.db, organizationId, executionId);
  if (isTerminal(execution.state)) return { outcome: "already-ended" };
  const isCancelled = await deps.db.transaction().execute((trx) => cancelQueued(trx, executionId));
  if (isCancelled) return { outcome: "asked" };
  const isAsked = await reached(() => handleOf(deps.client, execution).cancel());
  if (isAsked) deps.stopStep(executionId);
  return { outcome: isAsked ? "asked" : "already-ended" };
}

/** @throws EngineError `request/not-found`, `request/conflict` when it does not wait */
export async function retryNow(
  deps: ExecutionRequestDependencies,
  { organizationId, input }: ExecutionRequest<"retry-now">,
): Promise<RequestResult<"retry-now">> {
  const execution = await findExecution(deps.db, organizationId, input.executionId);
  if (isTerminal(execution.state)) return { outcome: "already-ended" };
  if (execution.state !== "waiting")
    throw new EngineError(
      "request/conflict",
      `Execution ${input.executionId} is ${execution.state}: only one that waits can be woken`,
    );
  const isWoken = await reached(() => handleOf(deps.client, execution).signal(RETRY_NOW_SIGNAL));
  return { outcome: isWoken ? "woken" : "already-ended" };
}

interface FoundExecution {
  organizationId: string;
  instanceId: string;
  executionId: string;
  state: ExecutionState;
}

async function findExecution(db: Db, organizationId: string, executionId: string): Promise<FoundExecution> {
  const found = await db
    .selectFrom("executions")
    .select(["id as executionId", "organization_id as organizationId", "instance_id as instanceId", "state"])
    .where("id", "=", executionId)
    .where("organization_id", "=", organizationId)
    .executeTakeFirst();
  if (found === undefined)
    throw new EngineError(
      "request/not-found",
      `There is no execution ${executionId}; its retention may be over`,
    );
  return found;
}

function handleOf(client: Client, execution: FoundExecution): WorkflowHandle {
  return client.workflow.getHandle(workflowIdOf(execution));
}

/** False when the workflow has ended; the reconciler then writes what the row lacks. */
async function reached(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure?.type === "not-found") return false;
    throw failure === undefined
      ? error
      : new EngineError("engine/unavailable", "Temporal cannot be reached at present", { cause: error });
  }
}
