import { afterAll, beforeAll, expect, test } from "vitest";
import { smallestIdAt } from "#contract/ids.ts";
import { listPartitions, partitionName } from "#db/partitions.ts";
import { maintain } from "#engine/start-maintenance.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { quiet } from "./quiet.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const signal = new AbortController().signal;
const maintainAt = (nowMs: number) =>
  maintain({ db: database.db, log: quiet, retentionDays: 5, now: () => nowMs }, signal);

test("partitions are made ahead, and days over the retention are dropped", async () => {
  const now = Date.now();
  await maintainAt(now + 12 * DAY_MS);
  const present = await listPartitions(database.db);
  expect(present).toContain(partitionName("executions", now + 19 * DAY_MS));
  expect(present).not.toContain(partitionName("executions", now));
  expect(present).not.toContain(partitionName("logs", now));
  expect(present).toContain(partitionName("logs", now + 11 * DAY_MS));
});

test("a day with an execution that has not ended is kept whole, until it has", async () => {
  const day = Date.now() + 12 * DAY_MS;
  const id = smallestIdAt(day);
  await database.pool.query(
    `insert into queue (execution_id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, trigger, status)
     values ($1, 0, $1, $1, $1, $1, $1, $1, 'f', 'webhook', 2)`,
    [id],
  );
  await maintainAt(day + 20 * DAY_MS);
  const kept = await listPartitions(database.db);
  expect(kept).toContain(partitionName("executions", day));
  expect(kept).toContain(partitionName("payloads", day));
  expect(kept).not.toContain(partitionName("executions", day - DAY_MS));
  await database.pool.query("delete from queue where execution_id = $1", [id]);
  await maintainAt(day + 20 * DAY_MS);
  expect(await listPartitions(database.db)).not.toContain(partitionName("executions", day));
});

test("a partition that was detached and not dropped is dropped the next time", async () => {
  await database.pool.query("create table logs_p20200102 (like logs)");
  await maintainAt(Date.now());
  const { rows } = await database.pool.query("select to_regclass('logs_p20200102') as table");
  expect(rows).toEqual([{ table: null }]);
});

test("requests of yesterday and processes long dead are forgotten", async () => {
  const { pool } = database;
  const org = smallestIdAt(1);
  await pool.query(
    `insert into requests (id, organization_id, kind, input, deadline, created_at)
     values ($1, $1, 'x', '{}', now() - interval '2 days', now() - interval '2 days'), ($2, $1, 'x', '{}', now(), now())`,
    [org, smallestIdAt(2)],
  );
  await pool.query(
    `insert into processes (id, kind, host, pid, version, seen_at)
     values ($1, 'worker', 'h', 1, '0', now() - interval '2 hours'), ($2, 'worker', 'h', 2, '0', now())`,
    [org, smallestIdAt(2)],
  );
  await maintainAt(Date.now());
  expect((await pool.query("select id from requests")).rows).toEqual([{ id: smallestIdAt(2) }]);
  expect((await pool.query("select id from processes")).rows).toEqual([{ id: smallestIdAt(2) }]);
});
