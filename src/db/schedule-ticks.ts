import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import type { Db } from "./connect.ts";
import { QUEUE_STATUS } from "./queue.ts";
import { readClock, type ScheduleRow, toDate } from "./schedules.ts";

/**
 * The transaction in which ticks become executions.
 *
 * 1. A due schedule is locked, its ticks become executions and its next time is set, all in one transaction: a worker
 *    that dies leaves it as it was. Others pass over what is locked.
 * 2. A tick makes at most one execution: (flow, nominal time) is a primary key. So a clock that was set back, or a
 *    row that was put back by hand, repeats nothing.
 * 3. What is due is decided by Postgres' clock, as it stood when the transaction began.
 */
export interface TickPlan {
  /** In order of time. */
  ticks: { nominalMs: number; outcome: "queued" | "waiting" | "skipped" }[];
  nextMs: number | undefined;
  /** The last tick that was missed for good. */
  missedMs: number | undefined;
}

export interface DueSchedule {
  row: ScheduleRow;
  nowMs: number;
  /** Its last execution has not ended. */
  isRunning: boolean;
  /** One that waits for that end is there already. */
  isWaiting: boolean;
}

export interface FireReport {
  schedules: number;
  executions: number;
  shards: number[];
}

/** Fires up to `limit` schedules that are due. */
export function fireDueSchedules(
  db: Db,
  options: { limit: number; plan(due: DueSchedule): TickPlan; payloadOf(tick: NewTick): Buffer },
): Promise<FireReport> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom("schedules")
      .selectAll()
      .where("next_fire_at", "<=", sql<Date>`now()`)
      .where("paused", "=", false)
      .orderBy("next_fire_at")
      .orderBy("flow_id")
      .limit(options.limit)
      .forUpdate()
      .skipLocked()
      .execute();
    if (rows.length === 0) return { schedules: 0, executions: 0, shards: [] };
    const nowMs = await readClock(transaction);
    const open = await findOpen(transaction, rows);
    const plans = rows.map((row) => ({
      row,
      ...options.plan({
        row,
        nowMs,
        isRunning: row.last_execution_id !== null && open.has(row.last_execution_id),
        isWaiting: row.waiting_execution_id !== null && open.has(row.waiting_execution_id),
      }),
    }));
    const planned = toNewTicks(plans);
    const fresh = await insertTicks(transaction, planned);
    const born = fresh.filter((tick) => tick.outcome !== "skipped");
    await insertExecutions(transaction, born, options.payloadOf);
    await advance(transaction, plans, fresh);
    return {
      schedules: rows.length,
      executions: born.length,
      shards: [...new Set(born.map((t) => t.shard))],
    };
  });
}

export interface NewTick {
  row: ScheduleRow;
  nominalMs: number;
  outcome: "queued" | "waiting" | "skipped";
  executionId: string;
  lane: string;
  shard: number;
}

/** A lane runs in the order of ids, which are not made in order within a millisecond. */
function toNewTicks(plans: readonly (TickPlan & { row: ScheduleRow })[]): NewTick[] {
  const wanted = plans.flatMap(({ row, ticks }) => ticks.map((tick) => ({ row, ...tick })));
  const ids = wanted.map(() => createId()).toSorted();
  return wanted.map((tick, index) => {
    const lane = laneOf({ customerId: tick.row.customer_id, flowId: tick.row.flow_id });
    return { ...tick, executionId: ids[index] ?? createId(), lane, shard: shardOf(lane) };
  });
}

/** A statement of its own, after the locks: it sees what whoever held them has committed. */
async function findOpen(db: Db, rows: readonly ScheduleRow[]): Promise<Set<string>> {
  const ids = rows.flatMap((row) => [row.last_execution_id, row.waiting_execution_id]);
  const known = ids.filter((id) => id !== null);
  if (known.length === 0) return new Set();
  const { rows: open } = await sql<{ id: string }>`
    SELECT execution_id AS id FROM queue WHERE execution_id = ANY(${known}::uuid[])`.execute(db);
  return new Set(open.map((row) => row.id));
}

/** Returns those that had not been before. */
async function insertTicks(db: Db, ticks: readonly NewTick[]): Promise<NewTick[]> {
  if (ticks.length === 0) return [];
  const { rows } = await sql<{ flowId: string; nominalMs: number }>`
    INSERT INTO schedule_ticks (flow_id, nominal_at, outcome, execution_id)
    SELECT flow_id, to_timestamp(nominal_ms / 1000), outcome, execution_id
    FROM unnest(${ticks.map((tick) => tick.row.flow_id)}::uuid[], ${ticks.map((tick) => tick.nominalMs)}::float8[],
      ${ticks.map((tick) => tick.outcome)}::text[],
      ${ticks.map((tick) => (tick.outcome === "skipped" ? null : tick.executionId))}::uuid[])
      AS given (flow_id, nominal_ms, outcome, execution_id)
    ON CONFLICT DO NOTHING
    RETURNING flow_id AS "flowId", round(extract(epoch FROM nominal_at) * 1000)::float8 AS "nominalMs"
  `.execute(db);
  const fresh = new Set(rows.map(({ flowId, nominalMs }) => `${flowId} ${nominalMs}`));
  return ticks.filter((tick) => fresh.has(`${tick.row.flow_id} ${tick.nominalMs}`));
}

async function insertExecutions(
  db: Db,
  ticks: readonly NewTick[],
  payloadOf: (tick: NewTick) => Buffer,
): Promise<void> {
  if (ticks.length === 0) return;
  const of = <Value>(read: (tick: NewTick) => Value) => ticks.map(read);
  const bodies = ticks.map(payloadOf);
  const waiting = QUEUE_STATUS.behind;
  await sql`
    WITH given AS MATERIALIZED (
      SELECT given.*, s.* FROM unnest(${of((t) => t.executionId)}::uuid[], ${of((t) => t.row.flow_id)}::uuid[],
        ${of((t) => t.lane)}::uuid[], ${of((t) => t.shard)}::smallint[],
        ${of((t) => (t.outcome === "waiting" ? waiting : QUEUE_STATUS.ready))}::smallint[], ${bodies}::bytea[])
        AS given (id, flow, lane, shard, status, body)
      JOIN schedules AS s ON s.flow_id = given.flow
    ), execution AS (
      INSERT INTO executions (id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id,
        flow_id, flow_key, trigger, state, received_at)
      SELECT id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id, flow_id, flow_key,
        'schedule', 'queued', now() FROM given
    ), payload AS (
      INSERT INTO payloads (execution_id, method, path, query, headers, encoding, body_bytes, body)
      SELECT id, 'POST', '', '', '[["content-type","application/json"]]', 0, length(body), body FROM given
    )
    INSERT INTO queue (execution_id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id,
      flow_key, trigger, status)
    SELECT id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, 'schedule', status
    FROM given
  `.execute(db);
}

async function advance(
  db: Db,
  plans: readonly (TickPlan & { row: ScheduleRow })[],
  fresh: readonly NewTick[],
): Promise<void> {
  // In order of time: of a flow's ticks with one outcome the last one stays.
  const last = new Map(fresh.map((tick) => [`${tick.outcome} ${tick.row.flow_id}`, tick.executionId]));
  const lastOf = (flowId: string, outcome: NewTick["outcome"]) => last.get(`${outcome} ${flowId}`) ?? null;
  const iso = (ms: number | undefined) => toDate(ms)?.toISOString() ?? null;
  const ids = plans.map(({ row }) => row.flow_id);
  await sql`
    UPDATE schedules AS s SET next_fire_at = given.next_at,
      last_nominal_at = coalesce(given.nominal_at, s.last_nominal_at),
      last_missed_at = coalesce(given.missed_at, s.last_missed_at),
      last_execution_id = coalesce(given.queued, s.last_execution_id),
      waiting_execution_id = coalesce(given.waiting, s.waiting_execution_id)
    FROM unnest(${ids}::uuid[], ${plans.map(({ nextMs }) => iso(nextMs))}::timestamptz[],
      ${plans.map(({ ticks }) => iso(ticks.at(-1)?.nominalMs))}::timestamptz[],
      ${plans.map(({ missedMs }) => iso(missedMs))}::timestamptz[],
      ${ids.map((id) => lastOf(id, "queued"))}::uuid[], ${ids.map((id) => lastOf(id, "waiting"))}::uuid[])
      AS given (flow_id, next_at, nominal_at, missed_at, queued, waiting)
    WHERE s.flow_id = given.flow_id
  `.execute(db);
}

/** Lets the executions go whose predecessor has ended: ready, or held where the instance is paused. */
export function releaseWaiting(db: Db, limit: number): Promise<number[]> {
  return db.transaction().execute(async (transaction) => {
    const locked = await transaction
      .selectFrom("schedules")
      .selectAll()
      .where("waiting_execution_id", "is not", null)
      .where(sql<boolean>`NOT EXISTS (SELECT FROM queue WHERE execution_id = schedules.last_execution_id)`)
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute();
    if (locked.length === 0) return [];
    const open = await findOpen(transaction, locked);
    const rows = locked.filter((row) => row.last_execution_id === null || !open.has(row.last_execution_id));
    const ids = rows.map((row) => row.waiting_execution_id);
    const { rows: released } = await sql<{ shard: number }>`
      UPDATE queue SET status = CASE WHEN given.paused THEN ${QUEUE_STATUS.held}::smallint
        ELSE ${QUEUE_STATUS.ready}::smallint END
      FROM unnest(${ids}::uuid[], ${rows.map((row) => row.paused)}::boolean[]) AS given (id, paused)
      WHERE execution_id = given.id AND status = ${QUEUE_STATUS.behind} RETURNING shard
    `.execute(transaction);
    await sql`UPDATE schedules SET last_execution_id = waiting_execution_id, waiting_execution_id = NULL
      WHERE flow_id = ANY(${rows.map((row) => row.flow_id)}::uuid[])`.execute(transaction);
    return [...new Set(released.map((row) => row.shard))];
  });
}

/**
 * Schedules whose last tick lies in the future: the clock was ahead and has been set back. Their next time is found
 * anew from now on; ticks that have been do not come again.
 */
export function rewindSchedules(
  db: Db,
  options: { aheadMs: number; next(row: ScheduleRow, afterMs: number): number | undefined },
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom("schedules")
      .selectAll()
      .where("last_nominal_at", ">", sql<Date>`now() + ${options.aheadMs} * interval '1 ms'`)
      .forUpdate()
      .skipLocked()
      .execute();
    const nowMs = await readClock(transaction);
    for (const row of rows)
      await transaction
        .updateTable("schedules")
        .set({ next_fire_at: toDate(options.next(row, nowMs)), last_nominal_at: null })
        .where("flow_id", "=", row.flow_id)
        .execute();
    return rows.length;
  });
}
