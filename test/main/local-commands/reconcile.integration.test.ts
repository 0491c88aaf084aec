import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childEnv } from "#config";
import { createTestDatabase, type TestDatabase } from "../../support/database.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { testTemporal } from "../../support/temporal.ts";
import { queueExecutions, seedFlow } from "../../engine/seed-flow.ts";

const MAIN = fileURLToPath(new URL("../../../src/main/local-commands/reconcile.ts", import.meta.url));
/** More than one page: what is compared is taken by the thousand. */
const LOST = 1_003;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** `millrace reconcile …` in a process of its own. */
function reconcile(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = childEnv({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: testTemporal().address,
    MILLRACE_DATA_DIR: tempDir(),
  });
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("reconcile finds what Temporal does not know, mends all of it, and then finds nothing", async () => {
  const flow = await seedFlow(database.db);
  const [first] = await queueExecutions(database.db, flow, LOST);
  await database.pool.query("UPDATE executions SET state = 'running'");
  await database.pool.query("UPDATE queue SET status = 2, started_at = now() - interval '10 min'");

  const dry = await reconcile("--dry-run", "--json");
  expect(dry.code).toBe(1);
  const found = JSON.parse(dry.stdout) as { dryRun: boolean; findings: unknown[] };
  expect(found.dryRun).toBe(true);
  expect(found.findings).toContainEqual(
    expect.objectContaining({ executionId: first, found: "no-history", did: "nothing" }),
  );
  expect((await database.pool.query("SELECT FROM executions WHERE state = 'lost'")).rowCount).toBe(0);

  const mended = await reconcile();
  expect(mended).toMatchObject({ code: 0, stderr: "" });
  expect(mended.stdout).toContain(`Compared ${LOST} started executions with Temporal: 0 run.`);
  expect(mended.stdout).toMatch(new RegExp(`${first}.*no-history.*lost`));
  expect((await database.pool.query("SELECT FROM executions WHERE state = 'lost'")).rowCount).toBe(LOST);
  expect((await database.pool.query("SELECT FROM queue")).rowCount).toBe(0);

  const again = await reconcile();
  expect(again.code).toBe(0);
  expect(again.stdout).toContain("Nothing differs.");
});

test("reconcile says what it takes and what it lacks", async () => {
  const unknown = await reconcile("--force");
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("millrace reconcile [--dry-run] [--json]");
});
