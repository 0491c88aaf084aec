import { execFile } from "node:child_process";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { beatProcess } from "#db/processes.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { openDataDir } from "#embedded/data-dir.ts";
import type { Finding } from "../../../src/main/doctor/finding.ts";
import { createTestDatabase } from "../../support/database.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { testTemporal } from "../../support/temporal.ts";

const MILLRACE = fileURLToPath(new URL("../../../bin/millrace", import.meta.url));

interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Through a symbolic link and from another folder, as a person who has linked it into their PATH. */
function doctor(args: string[], env: Record<string, string>): Promise<Answer> {
  const folder = tempDir();
  const link = join(folder, "millrace");
  symlinkSync(MILLRACE, link);
  const inherited = Object.fromEntries(["PATH", "HOME"].map((name) => [name, process.env[name] ?? ""]));
  return new Promise((resolve) => {
    execFile(
      link,
      ["doctor", ...args],
      { cwd: folder, env: { ...inherited, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr });
      },
    );
  });
}

async function findings(
  env: Record<string, string>,
): Promise<{ code: number; found: Record<string, Finding> }> {
  const { code, stdout } = await doctor(["--json"], env);
  const list = JSON.parse(stdout) as Finding[];
  return { code, found: Object.fromEntries(list.map((finding) => [finding.part, finding])) };
}

test("every part is looked at, on what the environment names", async () => {
  const database = await createTestDatabase();
  const worker = { id: createId(), kind: "worker", host: "here", pid: 7, version: "1" } as const;
  await beatProcess(database.db, worker, { slots: 8, limit: 8, used: 0, problem: "Temporal is away" });
  const { address } = testTemporal();
  const { found } = await findings({
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: address,
    MILLRACE_DATA_DIR: tempDir(),
    PORT: "0",
  });
  for (const part of [
    "node",
    "isolated-vm",
    "sandbox cell",
    "postgres",
    "partitions",
    "clock",
    "temporal",
    "temporal attributes",
  ])
    expect(found[part], part).toMatchObject({ status: "ok" });
  // The tests' own servers: no fsync, a day of retention.
  expect(found["postgres fsync"]).toMatchObject({ status: "fail", remedy: "set fsync = on" });
  const detail = "7 at here starts nothing: Temporal is away";
  expect(found["worker"]).toMatchObject({ status: "fail", detail });
  expect(found["temporal retention"]).toMatchObject({ status: "warn" });
  await database.drop();
});

test("what cannot be reached fails with a remedy, without the password, and gives exit code 1", async () => {
  const port = await findFreePort();
  const { code, stdout } = await doctor([], {
    DATABASE_URL: `postgres://ada:s3cret@127.0.0.1:${port}/none`,
    TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
    MILLRACE_DATA_DIR: tempDir(),
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^FAIL {2}postgres .*cannot be reached.* → start it, or check DATABASE_URL/m);
  expect(stdout).toMatch(/^FAIL {2}temporal .* → start it, or check TEMPORAL_ADDRESS/m);
  expect(stdout).not.toContain("s3cret");
});

test("a key that others can read fails, and embedded parts that do not run are passed over", async () => {
  const dataDir = tempDir();
  (await openDataDir(dataDir)).release();
  // Left by an npm start that was killed: no process has this pid.
  writeFileSync(
    join(dataDir, "run.json"),
    JSON.stringify({ pid: 999_999_999, databaseUrl: "postgres://gone/" }),
  );
  chmodSync(join(dataDir, "encryption.key"), 0o644);
  const { code, found } = await findings({ MILLRACE_DATA_DIR: dataDir, PORT: "0" });
  expect(code).toBe(1);
  expect(found["encryption key"]).toMatchObject({
    status: "fail",
    remedy: expect.stringContaining("chmod 600") as string,
  });
  expect(found["postgres"]).toMatchObject({ status: "skipped" });
  expect(found["temporal"]).toMatchObject({ status: "skipped" });
});

test("an unknown option and an unusable environment are said, with exit codes 2 and 1", async () => {
  const unknown = await doctor(["--bogus"], {});
  expect(unknown).toMatchObject({ code: 2, stdout: "" });
  expect(unknown.stderr).toContain("--bogus");
  const unusable = await doctor([], { PORT: "no" });
  expect(unusable).toMatchObject({ code: 1, stdout: "" });
  expect(unusable.stderr).toContain("PORT: must be a whole number");
});
