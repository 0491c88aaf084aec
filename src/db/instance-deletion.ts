import { type RawBuilder, sql } from "kysely";
import { WAITING_KINDS } from "#contract/requests.ts";
import type { Db } from "./connect.ts";
import { requeue } from "./requests.ts";

/**
 * The end of an instance: marked by the api, stopped and removed by a worker, in statements of bounded size. The
 * instance's own row goes last: as long as anything is left of it, it is there to be seen as deleting.
 */

/** For a row that the transaction has locked: from now on it takes nothing new, no tick either, and cannot be changed. */
export async function markDeleting(transaction: Db, instanceId: string): Promise<void> {
  await sql`UPDATE instances SET deleting_at = now(), edit = edit + 1, updated_at = now()
    WHERE id = ${instanceId}`.execute(transaction);
  await sql`DELETE FROM schedules WHERE instance_id = ${instanceId}`.execute(transaction);
}

export interface DeletingInstance {
  /** Since it was marked. */
  ageMs: number;
}

/** Undefined where it is gone, or nobody asked for its deletion. */
export async function findDeleting(
  db: Db,
  key: { organizationId: string; instanceId: string },
): Promise<DeletingInstance | undefined> {
  const { rows } = await sql<DeletingInstance>`
    SELECT extract(epoch FROM now() - deleting_at)::float8 * 1000 AS "ageMs" FROM instances
    WHERE id = ${key.instanceId} AND organization_id = ${key.organizationId} AND deleting_at IS NOT NULL
  `.execute(db);
  return rows[0];
}

export interface OthersOf {
  instanceId: string;
  /** The deletion flows, which are to run. */
  except: readonly string[];
  limit: number;
}

/** Cancels up to `limit` executions that nothing has started. Returns how many. */
export async function cancelUnstarted(db: Db, { instanceId, except, limit }: OthersOf): Promise<number> {
  const { numAffectedRows } = await sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM executions WHERE state IN ('queued', 'held') AND id IN (
        SELECT execution_id FROM queue WHERE instance_id = ${instanceId} AND status IN (0, 1, 3)
          AND execution_id <> ALL(${except}::uuid[])
        ORDER BY execution_id LIMIT ${limit})
      ORDER BY id FOR NO KEY UPDATE
    ), ended AS (
      UPDATE executions SET state = 'cancelled', finished_at = now(), updated_at = now()
      FROM locked WHERE executions.id = locked.id RETURNING executions.id
    )
    DELETE FROM queue USING ended WHERE execution_id = ended.id
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}

/** Executions that a workflow runs, oldest first. */
export async function listUnderWay(db: Db, { instanceId, except, limit }: OthersOf): Promise<string[]> {
  const rows = await db
    .selectFrom("queue")
    .select("execution_id")
    .where("instance_id", "=", instanceId)
    .where(sql<boolean>`execution_id <> ALL(${except}::uuid[])`)
    .orderBy("execution_id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.execution_id);
}

export async function listExecutionIds(db: Db, instanceId: string, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom("executions")
    .select("id")
    .where("instance_id", "=", instanceId)
    .orderBy("id")
    .limit(limit)
    .execute();
  return rows.map((row) => row.id);
}

/** The tables whose rows belong to an execution, in the order of removal: the execution itself goes last. */
export const EXECUTION_TABLES = ["logs", "step_results", "flow_calls", "payloads", "queue"] as const;

/**
 * Removes all that is stored of some executions, given in the order of their ids. They are locked before anything is
 * removed: a step that commits at this moment comes first, a later one finds its execution gone.
 */
export async function deleteExecutions(db: Db, ids: readonly string[]): Promise<void> {
  const [first, last] = [ids[0], ids.at(-1)];
  if (first === undefined || last === undefined) return;
  // The bounds keep the planner to the partitions of these days.
  const within = (column: RawBuilder<unknown>) =>
    sql`${column} = ANY(${ids}::uuid[]) AND ${column} BETWEEN ${first}::uuid AND ${last}::uuid`;
  await db.transaction().execute(async (transaction) => {
    await sql`SELECT id FROM executions WHERE ${within(sql.ref("id"))} ORDER BY id FOR UPDATE`.execute(
      transaction,
    );
    for (const table of EXECUTION_TABLES)
      await sql`DELETE FROM ${sql.table(table)} WHERE ${within(sql.ref("execution_id"))}`.execute(
        transaction,
      );
    await sql`DELETE FROM executions WHERE ${within(sql.ref("id"))}`.execute(transaction);
  });
}

/** The tables whose rows belong to a flow. */
export const FLOW_TABLES = ["refused_requests", "flow_api_keys", "schedule_ticks"] as const;
/** The tables whose rows belong to an instance, in the order of removal. */
export const INSTANCE_TABLES = [
  "schedules",
  "deploy_runs",
  "instance_state",
  "failing_instances",
  "job_items",
  "flows",
  "permission_approvals",
  "revisions",
] as const;

/** Up to `limit` de-duplication keys of the instance's flows. Returns how many. */
export async function deleteDedupKeys(db: Db, instanceId: string, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM dedup_keys WHERE (flow_id, key_hash) IN (
      SELECT flow_id, key_hash FROM dedup_keys
      WHERE flow_id IN (SELECT id FROM flows WHERE instance_id = ${instanceId}) LIMIT ${limit})
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}

/**
 * What is left once there are no executions: bounded by what an instance may have. Its flows are locked first, so that
 * whoever still writes of one of them comes before, or finds it gone.
 */
export async function deleteInstanceRows(db: Db, instanceId: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`SELECT id FROM flows WHERE instance_id = ${instanceId} ORDER BY id FOR UPDATE`.execute(
      transaction,
    );
    for (const table of FLOW_TABLES)
      await sql`DELETE FROM ${sql.table(table)}
        WHERE flow_id IN (SELECT id FROM flows WHERE instance_id = ${instanceId})`.execute(transaction);
    for (const table of INSTANCE_TABLES)
      await sql`DELETE FROM ${sql.table(table)} WHERE instance_id = ${instanceId}`.execute(transaction);
    // Those that hold its values; the one that deletes it goes on.
    await sql`DELETE FROM requests WHERE kind = ANY(${WAITING_KINDS}::text[])
      AND input->>'instanceId' = ${instanceId}`.execute(transaction);
    await sql`DELETE FROM instances WHERE id = ${instanceId} AND deleting_at IS NOT NULL`.execute(
      transaction,
    );
  });
}

/** Asks again for deletions whose request was given up. */
export function requeueDeletions(db: Db, deadline: Date): Promise<void> {
  const isUnfinished = sql`deleting_at < now() - interval '1 minute'`;
  return requeue(db, {
    kind: "delete-instance",
    field: "instanceId",
    table: "instances",
    isUnfinished,
    deadline,
  });
}
