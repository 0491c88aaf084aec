import { type Insertable, sql, type Transaction } from "kysely";
import { EngineError } from "#contract/errors.ts";
import type { CallStanding, FlowCall } from "#contract/flow-calls.ts";
import type { ExecutionState } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { findFlowId } from "./flows.ts";
import { insertExecution } from "./insert-execution.ts";
import type { Database, FlowCallsTable } from "./schema.ts";

export async function findCallStanding(db: Db, executionId: string, path: string): Promise<CallStanding> {
  const [caller, calls] = await Promise.all([
    db.selectFrom("executions").select("call_depth").where("id", "=", executionId).executeTakeFirst(),
    db
      .selectFrom("flow_calls")
      .select(["path", "key", "called_id"])
      .where("execution_id", "=", executionId)
      .execute(),
  ]);
  const known = calls.filter((call) => call.path === path);
  return {
    depth: caller?.call_depth ?? 0,
    made: calls.length,
    known: new Map(known.map((call) => [call.key, call.called_id])),
  };
}

export interface Caller {
  executionId: string;
  path: string;
  instanceId: string;
}

/**
 * Makes the executions that a step has called, within the transaction that commits its result: held where the instance
 * is paused, none where it is gone or going, so that no late step brings a row back. A test's are tests, which a pause
 * does not hold. Returns the shards to look at after the commit; "conflict" where another try has made one of the calls
 * since this one asked: the caller rolls back, and the next try is told of it.
 */
export async function insertFlowCalls(
  transaction: Transaction<Database>,
  { executionId, path, instanceId }: Caller,
  calls: readonly FlowCall[],
): Promise<number[] | "conflict"> {
  const paused = await findPaused(transaction, instanceId);
  if (paused === undefined) return [];
  const caller = await transaction
    .selectFrom("executions")
    .selectAll()
    .where("id", "=", executionId)
    .executeTakeFirstOrThrow();
  const shards: number[] = [];
  for (const { key, flowKey, executionId: calledId, payload } of calls) {
    const call = { execution_id: executionId, path, key, flow_key: flowKey, called_id: calledId };
    if (!(await insertCall(transaction, call))) return "conflict";
    const { shard } = await insertExecution(transaction, {
      executionId: calledId,
      organizationId: caller.organization_id,
      customerId: caller.customer_id,
      instanceId,
      integrationId: caller.integration_id,
      versionId: caller.version_id,
      revisionId: caller.revision_id,
      flowId: await getFlowId(transaction, instanceId, flowKey),
      flowKey,
      trigger: "call",
      isTest: caller.is_test,
      calledBy: executionId,
      callDepth: caller.call_depth + 1,
      held: paused && !caller.is_test,
      payload: {
        method: "POST",
        path: "",
        query: "",
        headers: [["content-type", "application/json"]],
        body: Buffer.from(payload),
      },
    });
    shards.push(shard);
  }
  return shards;
}

/** Undefined where the instance takes nothing any more. A pause waits for the transaction, or has been committed. */
async function findPaused(transaction: Db, instanceId: string): Promise<boolean | undefined> {
  const { rows } = await sql<{ paused: boolean }>`
    SELECT paused_at IS NOT NULL AS paused FROM instances
    WHERE id = ${instanceId} AND deleting_at IS NULL FOR KEY SHARE`.execute(transaction);
  return rows[0]?.paused;
}

/** False where it is there. */
async function insertCall(transaction: Db, call: Insertable<FlowCallsTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto("flow_calls")
    .values(call)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

async function getFlowId(db: Db, instanceId: string, flowKey: string): Promise<string> {
  const id = await findFlowId(db, { instanceId, flowKey });
  if (id === undefined)
    throw new EngineError("engine/internal", `Flow "${flowKey}" of instance ${instanceId} has no row`);
  return id;
}

export interface CallRow {
  path: string;
  key: string;
  flowKey: string;
  executionId: string;
  /** Null where retention has taken the execution. */
  state: ExecutionState | null;
}

/** What an execution has started, in the order of the calls. */
export async function listFlowCalls(db: Db, executionId: string): Promise<CallRow[]> {
  const { rows } = await sql<CallRow>`
    SELECT c.path, c.key, c.flow_key AS "flowKey", c.called_id AS "executionId", e.state
    FROM flow_calls AS c
    LEFT JOIN LATERAL (SELECT state FROM executions WHERE id = c.called_id LIMIT 1) AS e ON true
    WHERE c.execution_id = ${executionId} ORDER BY c.called_id
  `.execute(db);
  return rows;
}
