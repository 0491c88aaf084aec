import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRouter } from "#api/create-router.ts";
import { healthRoutes, type HealthOptions } from "#api/routes/health.ts";
import { LATEST_MIGRATION } from "#db/migrate.ts";
import { partitionName } from "#db/partitions.ts";
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
  return { status: response.status, ...((await response.json()) as { checks: Record<string, string> }) };
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
