import { type Selectable, sql } from "kysely";
import type { Schedule, Timetable } from "#contract/schedule.ts";
import type { Db } from "./connect.ts";
import type { SchedulesTable, ScheduleTicksTable } from "./trigger-schema.ts";

/**
 * The schedules that are deployed. Whoever writes a row holds it: a deploy, a pause and a tick of the same schedule come
 * one after the other, in this order of locks: instance, schedule, execution, queue.
 */
export interface DeployedSchedule extends Schedule {
  flowId: string;
  flowKey: string;
  /** First tick after `afterMs`; undefined where there is none. */
  next(afterMs: number): number | undefined;
}

export interface ScheduleOwner {
  id: string;
  organizationId: string;
  customerId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  paused: boolean;
}

/** In a deploy's transaction: these are the instance's schedules from now on. An unchanged timetable keeps its place. */
export async function replaceSchedules(
  transaction: Db,
  instance: ScheduleOwner,
  schedules: readonly DeployedSchedule[],
): Promise<void> {
  const existing = await transaction
    .selectFrom("schedules")
    .selectAll()
    .where("instance_id", "=", instance.id)
    .orderBy("flow_id")
    .forUpdate()
    .execute();
  const gone = existing.filter((row) => schedules.every(({ flowId }) => flowId !== row.flow_id));
  if (gone.length > 0)
    await transaction
      .deleteFrom("schedules")
      .where(
        "flow_id",
        "in",
        gone.map((row) => row.flow_id),
      )
      .execute();
  if (schedules.length === 0) return;
  const nowMs = await readClock(transaction);
  for (const schedule of schedules) {
    const before = existing.find((row) => row.flow_id === schedule.flowId);
    const columns = { ...toColumns(instance, schedule), ...timesAt(schedule, { before, nowMs }) };
    await transaction
      .insertInto("schedules")
      .values({ ...columns, flow_id: schedule.flowId, paused: instance.paused })
      .onConflict((conflict) => conflict.column("flow_id").doUpdateSet(columns))
      .execute();
  }
}

/** Postgres' clock: one for all processes, and the only one that says what is due. */
export async function readClock(db: Db): Promise<number> {
  const { rows } = await sql<{ ms: number }>`SELECT extract(epoch FROM now())::float8 * 1000 AS ms`.execute(
    db,
  );
  return rows[0]?.ms ?? Date.now();
}

function toColumns(instance: ScheduleOwner, { flowKey, timetable, overlap, catchUpMs }: DeployedSchedule) {
  const isInterval = "everyMs" in timetable;
  return {
    organization_id: instance.organizationId,
    customer_id: instance.customerId,
    instance_id: instance.id,
    integration_id: instance.integrationId,
    version_id: instance.versionId,
    revision_id: instance.revisionId,
    flow_key: flowKey,
    cron: isInterval ? null : timetable.cron,
    time_zone: isInterval ? null : timetable.timeZone,
    every_ms: isInterval ? timetable.everyMs : null,
    overlap,
    catch_up_ms: catchUpMs,
  };
}

/** A tick that is due and not yet taken survives a deploy that leaves the timetable as it is. */
function timesAt(
  schedule: DeployedSchedule,
  { before, nowMs }: { before: Selectable<SchedulesTable> | undefined; nowMs: number },
): { next_fire_at?: Date | null } {
  if (before !== undefined && isSame(timetableOf(before), schedule.timetable)) return {};
  const afterMs = Math.max(nowMs, before?.last_nominal_at?.getTime() ?? 0);
  return { next_fire_at: toDate(schedule.next(afterMs)) };
}

function isSame(a: Timetable, b: Timetable): boolean {
  if ("everyMs" in a) return "everyMs" in b && a.everyMs === b.everyMs;
  return "cron" in b && a.cron === b.cron && a.timeZone === b.timeZone;
}

export function timetableOf(
  row: Pick<Selectable<SchedulesTable>, "cron" | "time_zone" | "every_ms">,
): Timetable {
  if (row.every_ms !== null) return { everyMs: row.every_ms };
  return { cron: row.cron ?? "", timeZone: row.time_zone ?? "" }; // both are there: a constraint of the table
}

export function toDate(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms);
}

/** In the transaction of a pause: no tick of the instance begins any more; one under way has committed before. */
export async function pauseSchedules(transaction: Db, instanceId: string): Promise<void> {
  await sql`UPDATE schedules SET paused = true WHERE instance_id = ${instanceId} AND NOT paused`.execute(
    transaction,
  );
}

/** In the transaction of an unpause: what fell into the pause was missed. */
export async function resumeSchedules(transaction: Db, instanceId: string): Promise<void> {
  await sql`UPDATE schedules SET paused = false, resumed_at = now()
    WHERE instance_id = ${instanceId} AND paused`.execute(transaction);
}

export type ScheduleRow = Selectable<SchedulesTable>;

export function listSchedules(db: Db, instanceId: string): Promise<ScheduleRow[]> {
  return db.selectFrom("schedules").selectAll().where("instance_id", "=", instanceId).execute();
}

export function findSchedule(db: Db, flowId: string): Promise<ScheduleRow | undefined> {
  return db.selectFrom("schedules").selectAll().where("flow_id", "=", flowId).executeTakeFirst();
}

/** Newest first. */
export function listTicks(db: Db, flowId: string, limit: number): Promise<Selectable<ScheduleTicksTable>[]> {
  return db
    .selectFrom("schedule_ticks")
    .selectAll()
    .where("flow_id", "=", flowId)
    .orderBy("nominal_at", "desc")
    .limit(limit)
    .execute();
}

export async function sweepTicks(db: Db, options: { keptMs: number; batch: number }): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM schedule_ticks WHERE (flow_id, nominal_at) IN (
      SELECT flow_id, nominal_at FROM schedule_ticks
      WHERE fired_at < now() - ${options.keptMs} * interval '1 ms'
        AND nominal_at < now() - ${options.keptMs} * interval '1 ms' LIMIT ${options.batch})
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}
