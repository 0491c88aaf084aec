import { pino } from "pino";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRouter } from "#api/create-router.ts";
import { healthRoutes, type HealthOptions } from "#api/routes/health.ts";
import { registerWorkerMetrics } from "#api/routes/metrics.ts";
import { createId } from "#contract/create-id.ts";
import { LATEST_MIGRATION } from "#db/migrate.ts";
import { partitionName } from "#db/partitions.ts";
import { beatProcess } from "#db/processes.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function ask(options: Partial<HealthOptions> = {}) {
  const app = createRouter();
  healthRoutes(app, {
    db: database.db,
    log: pino({ level: "silent" }),
    migration: LATEST_MIGRATION,
    ...options,
  });
  const response = await app.request("/readyz");
  const body = (await response.json()) as { checks: Record<string, string>; workers: string };
  return { ...body, httpStatus: response.status };
}

test("a migrated database with tomorrow's partitions is ready", async () => {
  expect(await ask()).toMatchObject({
    status: "ready",
    checks: { database: "ok", migration: "ok", partitions: "ok" },
  });
});

test("a missing migration is named", async () => {
  expect((await ask({ migration: "9999_later" })).checks["migration"]).toContain("9999_later is missing");
});

test("a part's own check is asked, and its failure says nothing of itself", async () => {
  const { checks } = await ask({
    checks: {
      cells: async () => "No cell starts",
      secret: () => Promise.reject(new Error("postgres://user:password@host")),
    },
  });
  expect(checks).toMatchObject({ cells: "No cell starts" });
  expect(JSON.stringify(checks)).not.toContain("password");
});

test("a check that hangs is a problem in time", async () => {
  const { checks } = await ask({ checks: { stuck: () => new Promise(() => {}) } });
  expect(checks["stuck"]).toContain("No answer within");
});

test("tomorrow without a partition is not ready", async () => {
  const tomorrow = Date.now() + 24 * 60 * 60 * 1000;
  await database.pool.query(`DROP TABLE ${partitionName("logs", tomorrow)}`);
  expect((await ask()).checks["partitions"]).toContain("missing");
});

test("how the workers are is told beside it, in general words, and changes nothing", async () => {
  expect(await ask()).toMatchObject({ workers: expect.stringContaining("No worker is alive") });
  const worker = { id: createId(), kind: "worker", host: "here", pid: 1, version: "1" } as const;
  const status = { slots: 8, limit: 4, used: 2, problem: null };
  await beatProcess(database.db, worker, status);
  expect(await ask()).toMatchObject({ workers: "ok" });
  await beatProcess(database.db, worker, { ...status, problem: "Temporal at 10.0.0.7 is away" });
  const { workers } = await ask();
  expect(workers).toBe("1 of 1 workers cannot start executions; see doctor");
});

test("the slots of all live workers are metrics", async () => {
  const worker = { id: createId(), kind: "worker", host: "there", pid: 2, version: "1" } as const;
  await beatProcess(database.db, worker, { slots: 16, limit: 12, used: 5, problem: null });
  const registry = new Registry();
  registerWorkerMetrics(registry, database.db);
  const text = await registry.metrics();
  for (const line of ["workers 2", "workers_stuck 1", "slots 24", "slots_limit 16", "slots_used 7"])
    expect(text).toContain(`millrace_${line}\n`);
});
