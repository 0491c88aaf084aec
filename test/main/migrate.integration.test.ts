import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { tempDir } from "../support/temp-dir.ts";

const SCRIPT = fileURLToPath(new URL("../../src/main/local-commands/migrate.ts", import.meta.url));

function migrate(env: Record<string, string>): Promise<{ code: number; said: string }> {
  const all = { PATH: process.env["PATH"] ?? "", MILLRACE_DATA_DIR: tempDir(), ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT], { env: all }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, said: stdout + stderr });
    });
  });
}

test("it brings a database up to date, and says when that is so", async () => {
  const database = await createTestDatabase();
  await database.pool.query("drop schema public cascade; create schema public");
  const first = await migrate({ DATABASE_URL: database.url });
  expect(first.code).toBe(0);
  expect(first.said).toMatch(/^Applied 0001_init/);
  expect((await migrate({ DATABASE_URL: database.url })).said).toBe("The database is up to date.\n");
  await database.drop();
});

test("without a database it says which setting is missing", async () => {
  const answer = await migrate({});
  expect(answer.code).toBe(1);
  expect(answer.said).toContain("Set DATABASE_URL");
});
