import { pino } from "pino";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Schedule } from "#contract/schedule.ts";
import { nextTick } from "#contract/schedule.ts";
import { connect, type Connection } from "#db/connect.ts";
import { holdQueued, releaseHeld } from "#db/hold-queued.ts";
import { releaseWaiting, rewindSchedules } from "#db/schedule-ticks.ts";
import { pauseSchedules, replaceSchedules, resumeSchedules, timetableOf } from "#db/schedules.ts";
import { fireSchedules } from "#engine/start-schedules.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type SeededFlow, seedFlow } from "./seed-flow.ts";

const MINUTE = 60_000;
const log = pino({ level: "silent" });
const never = new AbortController().signal;

let database: TestDatabase;
let flow: SeededFlow;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await sql`TRUNCATE schedules, schedule_ticks, queue, executions, payloads`.execute(database.db);
  flow = await seedFlow(database.db);
});
afterAll(() => database.drop());

const owner = () => ({
  ...flow,
  id: flow.instanceId,
  paused: false,
});

async function deploy(schedule: Partial<Schedule> = {}, to = owner()): Promise<void> {
  const whole: Schedule = {
    timetable: { everyMs: MINUTE },
    overlap: "allow",
    catchUpMs: 60 * MINUTE,
    ...schedule,
  };
  await database.db.transaction().execute((transaction) =>
    replaceSchedules(transaction, to, [
      {
        ...whole,
        flowId: flow.flowId,
        flowKey: flow.flowKey,
        next: (afterMs) => nextTick(whole.timetable, afterMs),
      },
    ]),
  );
}

/** The schedule as it would be had the clock moved on by so much. */
async function passTime(ms: number): Promise<void> {
  await sql`UPDATE schedules SET next_fire_at = date_trunc('minute', now() - ${ms} * interval '1 ms')`.execute(
    database.db,
  );
}

const fire = (on: Connection | TestDatabase = database, hinted: string[] = []) =>
  fireSchedules({ db: on.db, log, hints: { send: (_, shard) => hinted.push(shard) } }, never);

const schedule = () => database.db.selectFrom("schedules").selectAll().executeTakeFirstOrThrow();
const ticks = () => database.db.selectFrom("schedule_ticks").selectAll().orderBy("nominal_at").execute();
const queue = () => database.db.selectFrom("queue").selectAll().orderBy("execution_id").execute();
const finish = (executionId: string | null) =>
  database.db
    .deleteFrom("queue")
    .where("execution_id", "=", executionId ?? "")
    .execute();

describe("a tick", () => {
  test("is a queued execution like any other, with its nominal time as the trigger's body", async () => {
    await deploy();
    await passTime(0);
    const hinted: string[] = [];
    expect(await fire(database, hinted)).toBe(1);
    const [row] = await queue();
    const [tick] = await ticks();
    expect(row).toMatchObject({ status: 0, trigger: "schedule", flow_id: flow.flowId });
    expect(hinted).toEqual([String(row?.shard)]);
    expect(tick).toMatchObject({ outcome: "queued", execution_id: row?.execution_id });
    const execution = await database.db.selectFrom("executions").selectAll().executeTakeFirstOrThrow();
    expect(execution).toMatchObject({
      state: "queued",
      revision_id: flow.revisionId,
      version_id: flow.versionId,
    });
    const payload = await database.db.selectFrom("payloads").selectAll().executeTakeFirstOrThrow();
    expect(JSON.parse(payload.body.toString())).toEqual({
      scheduledFor: tick?.nominal_at.toISOString(),
      timeZone: "UTC",
    });
  });

  test("comes once, however often and by how many workers it is looked for", async () => {
    await deploy();
    await passTime(MINUTE);
    const others = [1, 2].map(() =>
      connect({
        databaseUrl: database.url,
        maxConnections: 3,
        applicationName: "millrace-test-worker",
        onError: () => {},
      }),
    );
    const looks = [database, ...others].flatMap((worker) => [fire(worker), fire(worker), fire(worker)]);
    const fired = (await Promise.all(looks)).reduce((sum, count) => sum + count, 0);
    await Promise.all(others.map((other) => other.close()));
    expect(fired).toBe(2);
    expect(await ticks()).toHaveLength(2);
    expect(await fire()).toBe(0);
  });

  test("comes once where the row is put back by hand or by a restored backup", async () => {
    await deploy();
    await passTime(0);
    await fire();
    await passTime(0);
    expect(await fire()).toBe(0);
    expect(await queue()).toHaveLength(1);
  });

  test("whose worker dies in the midst of it is fired by the next one", async () => {
    await deploy();
    await passTime(0);
    await sql`CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''gone''; END'`.execute(
      database.db,
    );
    await sql`CREATE TRIGGER die BEFORE UPDATE ON schedules FOR EACH ROW EXECUTE FUNCTION die()`.execute(
      database.db,
    );
    await expect(fire()).rejects.toThrow("gone");
    expect(await ticks()).toEqual([]);
    await sql`DROP TRIGGER die ON schedules`.execute(database.db);
    expect(await fire()).toBe(1);
  });
});

describe("a clock", () => {
  test("that jumps forward by hours makes up for the last tick, not for hundreds", async () => {
    await deploy({ timetable: { everyMs: 60 * MINUTE } });
    await sql`UPDATE schedules SET next_fire_at = date_trunc('hour', now()) - interval '300 hours'`.execute(
      database.db,
    );
    expect(await fire()).toBe(1);
    expect((await schedule()).next_fire_at?.getTime()).toBeGreaterThan(Date.now());
  });

  test("that is set back again neither stops the schedule nor repeats what has been", async () => {
    await deploy();
    await passTime(0);
    await fire();
    const [before] = await ticks();
    // As a clock three hours ahead would have left it.
    await sql`UPDATE schedules SET last_nominal_at = now() + interval '3 hours',
      next_fire_at = now() + interval '3 hours 1 minute'`.execute(database.db);
    const next = (row: Parameters<typeof timetableOf>[0], afterMs: number) =>
      nextTick(timetableOf(row), afterMs);
    expect(await rewindSchedules(database.db, { aheadMs: MINUTE, next })).toBe(1);
    expect(await rewindSchedules(database.db, { aheadMs: MINUTE, next })).toBe(0);
    const { next_fire_at: due } = await schedule();
    expect(due?.getTime()).toBeLessThanOrEqual(Date.now() + MINUTE);
    await sql`UPDATE schedules SET next_fire_at = ${before?.nominal_at}`.execute(database.db);
    expect(await fire()).toBe(0);
  });
});

describe("a pause", () => {
  const pause = () =>
    database.db.transaction().execute(async (transaction) => {
      await pauseSchedules(transaction, flow.instanceId);
      await holdQueued(transaction, flow.instanceId);
    });
  const unpause = () =>
    database.db.transaction().execute(async (transaction) => {
      await resumeSchedules(transaction, flow.instanceId);
      return releaseHeld(transaction, flow.instanceId);
    });

  test("stops the ticks, and those of the pause are made up for by one", async () => {
    await deploy();
    await passTime(MINUTE);
    await pause();
    expect(await fire()).toBe(0);
    await unpause();
    expect(await fire()).toBe(1);
  });

  test("holds what is queued, and the unpause lets it go", async () => {
    await deploy();
    await passTime(0);
    await fire();
    await pause();
    expect(await queue()).toMatchObject([{ status: 1 }]);
    expect(await unpause()).toHaveLength(1);
    expect(await queue()).toMatchObject([{ status: 0 }]);
  });

  test("during a tick comes before it or after it: no ready execution is left in a paused instance", async () => {
    for (let round = 0; round < 10; round += 1) {
      await database.db.deleteFrom("schedules").execute();
      await database.db.deleteFrom("schedule_ticks").execute();
      await database.db.deleteFrom("queue").execute();
      await deploy();
      await passTime(0);
      await Promise.all([fire(), pause()]);
      expect((await queue()).filter((row) => row.status === 0)).toEqual([]);
      await unpause();
      await fire();
      expect(await queue()).toMatchObject([{ status: 0 }]);
    }
  });
});

describe("overlap queue-one", () => {
  test("lets the second wait until the first has ended, and then go", async () => {
    await deploy({ overlap: "queue-one" });
    await passTime(MINUTE);
    expect(await fire()).toBe(2);
    const [first, second] = await queue();
    expect([first?.status, second?.status]).toEqual([0, 3]);
    expect(await releaseWaiting(database.db, 10)).toEqual([]);
    await finish(first?.execution_id ?? null);
    expect(await releaseWaiting(database.db, 10)).toEqual([second?.shard]);
    expect(await queue()).toMatchObject([{ status: 0, execution_id: second?.execution_id }]);
    expect((await ticks()).map((tick) => tick.outcome)).toEqual(["queued", "waiting"]);
  });

  test("holds what waited where the instance is paused meanwhile", async () => {
    await deploy({ overlap: "queue-one" });
    await passTime(MINUTE);
    await fire();
    const [first] = await queue();
    await database.db.transaction().execute((transaction) => pauseSchedules(transaction, flow.instanceId));
    await finish(first?.execution_id ?? null);
    await releaseWaiting(database.db, 10);
    expect(await queue()).toMatchObject([{ status: 1 }]);
  });
});

describe("a deploy", () => {
  test("with the same timetable keeps the place, and its ticks run on the new revision", async () => {
    await deploy();
    await passTime(0);
    const { next_fire_at: due } = await schedule();
    const revisionId = flow.instanceId;
    await deploy({ overlap: "skip" }, { ...owner(), revisionId });
    expect(await schedule()).toMatchObject({ next_fire_at: due, revision_id: revisionId, overlap: "skip" });
    await fire();
    expect(await queue()).toMatchObject([{ revision_id: revisionId }]);
  });

  test("with another timetable begins at its next tick", async () => {
    await deploy();
    await deploy({ timetable: { cron: "0 3 * * *", timeZone: "Europe/Berlin" } });
    const { next_fire_at: due } = await schedule();
    expect(due?.getTime()).toBe(nextTick({ cron: "0 3 * * *", timeZone: "Europe/Berlin" }, Date.now()));
  });

  test("without the flow ends its schedule", async () => {
    await deploy();
    await database.db.transaction().execute((transaction) => replaceSchedules(transaction, owner(), []));
    expect(await database.db.selectFrom("schedules").selectAll().execute()).toEqual([]);
  });
});
