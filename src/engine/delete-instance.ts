import type { Client } from "@temporalio/client";
import type { Logger } from "pino";
import { EngineError } from "#contract/errors.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import { isTerminal } from "#contract/states.ts";
import type { Db } from "#db/connect.ts";
import { type DeletionRuns, type DeployRun, findDeletionRuns, insertDeletionRuns } from "#db/deploy-runs.ts";
import type { HintSender } from "#db/hints.ts";
import {
  cancelUnstarted,
  deleteDedupKeys,
  deleteExecutions,
  deleteInstanceRows,
  findDeleting,
  listExecutionIds,
  listUnderWay,
} from "#db/instance-deletion.ts";
import { classifyTemporalFailure } from "./temporal-failure.ts";

/**
 * Removes an instance that the api has marked as deleting.
 *
 * marked → settled (every api process refuses its webhooks) → stopped (no queue row: each execution has its final
 * state) → its deletion flows have run, or their time is over → emptied, a batch at a time, histories in Temporal first → gone, with the instance's row.
 *
 * 1. Each stage looks at what is there and can be done twice: a worker that dies is followed by another.
 * 2. What takes longer than one claim goes back with `engine/unavailable`, and whoever claims it next goes on.
 * 3. Executions end before their rows go, so their last writes come first. One that has not ended `PATIENCE_MS` after
 *    the marking is terminated; what a step of it still commits finds its execution gone and is not stored.
 */
export interface DeleteInstanceDependencies {
  db: Db;
  client: Client;
  namespace: string;
  hints: Pick<HintSender, "send">;
  log: Logger;
  /** Of the api, as senders reach it. */
  publicUrl: string;
  /** Ends a step of the execution wherever it runs. */
  stopStep(executionId: string): void;
}

interface DeleteRequest {
  organizationId: string;
  input: RequestInput<"delete-instance">;
  signal: AbortSignal;
}

/** Api processes have refused its webhooks by then, and committed those that they had taken. */
const SETTLE_MS = LIMITS.endpointStaleMs + 2_000;
const PATIENCE_MS = 60_000;
const BATCH = 500;
const CALLS_AT_ONCE = 10;
/** Well within a claim's lease. */
const CLAIM_MS = 25_000;

/** @throws EngineError `engine/unavailable` where there is more to do: the request goes back, and is gone on with */
export async function deleteInstance(
  deps: DeleteInstanceDependencies,
  request: DeleteRequest,
): Promise<RequestResult<"delete-instance">> {
  const { organizationId, signal } = request;
  const { instanceId } = request.input;
  const instance = await findDeleting(deps.db, { organizationId, instanceId });
  if (instance === undefined) return { executions: 0, deletionFlows: [] };
  if (instance.ageMs < SETTLE_MS)
    throw notYet(instanceId, "waits for every api process to refuse its webhooks");
  const until = performance.now() + CLAIM_MS;
  const deletion = await findDeletionRuns(deps.db, instanceId);
  await stopExecutions(deps, {
    organizationId,
    instanceId,
    except: deletion?.runs.map((run) => run.executionId) ?? [],
    isOverdue: instance.ageMs > PATIENCE_MS,
  });
  const runs = await awaitDeletionFlows(deps, { organizationId, instanceId, deletion });
  const executions = await removeExecutions(deps, request, until);
  while ((await deleteDedupKeys(deps.db, instanceId, BATCH)) === BATCH) signal.throwIfAborted();
  await deleteInstanceRows(deps.db, instanceId);
  return {
    executions,
    deletionFlows: runs.map(({ flowKey, state }) => ({ flowKey, state: state ?? "lost" })),
  };
}

/**
 * Begins them, waits for their ends, and gives those up that take longer than `LIMITS.deletionFlowsMs`: an upstream
 * that is away for good keeps no instance alive. One that failed is told in the log and in the request's result.
 */
async function awaitDeletionFlows(
  deps: DeleteInstanceDependencies,
  at: { organizationId: string; instanceId: string; deletion: DeletionRuns | undefined },
): Promise<DeployRun[]> {
  const { instanceId, deletion } = at;
  if (deletion === undefined) {
    const shards = await insertDeletionRuns(deps.db, instanceId, deps.publicUrl);
    for (const shard of shards) deps.hints.send("millrace_queue", String(shard));
    if (shards.length > 0) throw notYet(instanceId, `waits for ${shards.length} deletion flows`);
    return [];
  }
  const { runs, ageMs } = deletion;
  const open = runs.filter(({ state }) => state !== null && !isTerminal(state));
  if (open.length > 0 && ageMs < LIMITS.deletionFlowsMs)
    throw notYet(instanceId, `waits for ${open.length} deletion flows`);
  if (open.length > 0)
    await stopExecutions(deps, {
      ...at,
      except: [],
      isOverdue: ageMs > LIMITS.deletionFlowsMs + PATIENCE_MS,
    });
  for (const { flowKey, executionId, state, error } of runs)
    if (state !== "succeeded")
      deps.log.warn(
        { instanceId, flowKey, executionId, state, code: error?.code },
        "a deletion flow did not succeed: what it was to undo at a third party may remain there",
      );
  return runs;
}

async function removeExecutions(
  deps: DeleteInstanceDependencies,
  { organizationId, input: { instanceId }, signal }: DeleteRequest,
  until: number,
): Promise<number> {
  let executions = 0;
  for (;;) {
    signal.throwIfAborted();
    if (performance.now() > until) throw notYet(instanceId, `has removed ${executions} executions`);
    const ids = await listExecutionIds(deps.db, instanceId, BATCH);
    if (ids.length === 0) break;
    await forEachOf(ids, (executionId) =>
      deleteHistory(deps, workflowIdOf({ organizationId, instanceId, executionId })),
    );
    await deleteExecutions(deps.db, ids);
    executions += ids.length;
  }
  return executions;
}

async function stopExecutions(
  deps: DeleteInstanceDependencies,
  instance: { organizationId: string; instanceId: string; except: readonly string[]; isOverdue: boolean },
): Promise<void> {
  const { instanceId, except, isOverdue } = instance;
  const others = { instanceId, except, limit: BATCH };
  while ((await cancelUnstarted(deps.db, others)) === BATCH);
  const underWay = await listUnderWay(deps.db, others);
  if (underWay.length === 0) return;
  await forEachOf(underWay, async (executionId) => {
    const handle = deps.client.workflow.getHandle(workflowIdOf({ ...instance, executionId }));
    await unlessGone(() => (isOverdue ? handle.terminate("Its instance is being deleted") : handle.cancel()));
    deps.stopStep(executionId);
  });
  if (!isOverdue || underWay.length === BATCH)
    throw notYet(instanceId, `waits for ${underWay.length} executions or more to end`);
}

async function deleteHistory(deps: DeleteInstanceDependencies, workflowId: string): Promise<void> {
  const { client, namespace } = deps;
  await unlessGone(() =>
    client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId } }),
  );
}

/** gRPC's NOT_FOUND: never started, or taken by Temporal's own retention. */
const NOT_FOUND = 5;

async function unlessGone(call: () => Promise<unknown>): Promise<void> {
  try {
    await call();
  } catch (error) {
    const failure = classifyTemporalFailure(error);
    if (failure?.type === "not-found") return;
    if (error instanceof Error && "code" in error && error.code === NOT_FOUND) return;
    throw failure === undefined
      ? error
      : new EngineError("engine/unavailable", "Temporal cannot be reached at present", { cause: error });
  }
}

async function forEachOf(ids: readonly string[], task: (id: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < ids.length; start += CALLS_AT_ONCE)
    await Promise.all(ids.slice(start, start + CALLS_AT_ONCE).map(task));
}

function notYet(instanceId: string, why: string): EngineError {
  return new EngineError("engine/unavailable", `The deletion of instance ${instanceId} ${why}`);
}
