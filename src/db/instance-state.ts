import { sql } from "kysely";
import { LIMITS } from "#contract/limits.ts";
import { applyWrite, type StateScope, type StateWrite } from "#contract/step-state.ts";
import type { Db } from "./connect.ts";
import { storableText } from "./storable-text.ts";

/** Where a value of state stands. `flowKey` is undefined for those of the instance as a whole. */
export interface StatePlace {
  instanceId: string;
  flowKey: string | undefined;
  key: string;
}

const OF_INSTANCE = "";

/** JSON text, or null. */
export async function findStateValue(db: Db, place: StatePlace): Promise<string | null> {
  const row = await db
    .selectFrom("instance_state")
    .select("value")
    .where("instance_id", "=", place.instanceId)
    .where("flow_key", "=", place.flowKey ?? OF_INSTANCE)
    .where("key", "=", place.key)
    .executeTakeFirst();
  return row?.value ?? null;
}

export interface StateRow {
  flowKey: string | null;
  key: string;
  value: string;
  executionId: string | null;
  updatedAt: Date;
}

/** All of it: an instance has at most `LIMITS.stateKeys`. */
export async function listState(db: Db, instanceId: string): Promise<StateRow[]> {
  const rows = await db
    .selectFrom("instance_state")
    .selectAll()
    .where("instance_id", "=", instanceId)
    .orderBy("flow_key")
    .orderBy("key")
    .execute();
  return rows.map((row) => ({
    flowKey: row.flow_key === OF_INSTANCE ? null : row.flow_key,
    key: row.key,
    value: row.value,
    executionId: row.execution_id,
    updatedAt: row.updated_at,
  }));
}

export type StateOutcome = "written" | "conflict" | "full";

export interface StateWriter {
  instanceId: string;
  flowKey: string;
  /** Undefined for a person. */
  executionId: string | undefined;
}

/**
 * Applies changes in their order, within a transaction. One transaction at a time changes the state of an instance, until
 * it ends; of an instance that is gone or going nothing is written, so that no late step brings a row back. With
 * "conflict" and "full" the caller rolls back.
 *
 * @throws EngineError `step/fatal` where a value cannot take its change
 */
export async function applyStateWrites(
  transaction: Db,
  writer: StateWriter,
  writes: readonly StateWrite[],
): Promise<StateOutcome> {
  const { instanceId } = writer;
  await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`millrace-state/${instanceId}`}, 0))`.execute(
    transaction,
  );
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM instances WHERE id = ${instanceId} AND deleting_at IS NULL FOR KEY SHARE`.execute(
    transaction,
  );
  if (rows.length === 0) return "written";
  for (const write of writes) {
    const place = { instanceId, flowKey: flowKeyOf(write.scope, writer), key: write.key };
    const changed = applyWrite(await findStateValue(transaction, place), write);
    if (changed === "conflict") return "conflict";
    await writeValue(transaction, place, { value: changed.json, executionId: writer.executionId });
  }
  return (await countKeys(transaction, instanceId)) > LIMITS.stateKeys ? "full" : "written";
}

function flowKeyOf(scope: StateScope, { flowKey }: StateWriter): string | undefined {
  return scope === "flow" ? flowKey : undefined;
}

async function writeValue(
  db: Db,
  place: StatePlace,
  { value, executionId }: { value: string | null; executionId: string | undefined },
): Promise<void> {
  const row = { instance_id: place.instanceId, flow_key: place.flowKey ?? OF_INSTANCE, key: place.key };
  if (value === null) {
    await sql`DELETE FROM instance_state WHERE instance_id = ${row.instance_id}
      AND flow_key = ${row.flow_key} AND key = ${row.key}`.execute(db);
    return;
  }
  const columns = { value: storableText(value), execution_id: executionId ?? null };
  await db
    .insertInto("instance_state")
    .values({ ...row, ...columns })
    .onConflict((conflict) =>
      conflict
        .columns(["instance_id", "flow_key", "key"])
        .doUpdateSet({ ...columns, updated_at: sql<Date>`now()` }),
    )
    .execute();
}

async function countKeys(db: Db, instanceId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM instance_state WHERE instance_id = ${instanceId}`.execute(db);
  return rows[0]?.count ?? 0;
}
