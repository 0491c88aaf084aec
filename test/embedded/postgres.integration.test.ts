import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "#embedded/end-orphan.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { SHARED_ROOT } from "#embedded/postgres-binaries.ts";
import { clearStalePid, locatePostgresData } from "#embedded/postgres-data.ts";
import { postgresSettings, startPostgres } from "#embedded/postgres.ts";
import type { RunningPostgres } from "#embedded/postgres.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

async function start(dataDir: string, port?: number): Promise<RunningPostgres> {
  const signal = AbortSignal.timeout(60_000);
  const running = await startPostgres({ dataDir, port: port ?? (await findFreePort()), signal });
  onTestFinished(async () => void (await running.stop()));
  return running;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

test("data survives a stop and a kill, with the settings that were measured", async () => {
  const dataDir = tempDir();
  const first = await start(dataDir);
  expect(await query(first.databaseUrl, "show fsync")).toEqual([{ fsync: "on" }]);
  expect(await query(first.databaseUrl, "show max_wal_size")).toEqual([{ max_wal_size: "8GB" }]);
  await query(first.databaseUrl, "create table kept as select 1 as n");
  expect(await first.stop()).toEqual({ code: 0 });

  const second = await start(dataDir);
  const client = new Client({ connectionString: second.databaseUrl });
  client.on("error", () => {});
  await client.connect();
  await client.query("insert into kept values (2)");
  // The backend of this connection lives on for a moment, and holds the server's memory.
  process.kill(second.pid, "SIGKILL");
  expect(await second.exited).toEqual({ code: 137 });

  const third = await start(dataDir);
  expect(await query(third.databaseUrl, "select n from kept order by n")).toEqual([{ n: 1 }, { n: 2 }]);
  await client.end();
});

test("a server that an earlier start left behind is ended first", async () => {
  const dataDir = tempDir();
  const left = await start(dataDir);
  const next = await start(dataDir);
  expect(isAlive(left.pid)).toBe(false);
  expect(await query(next.databaseUrl, "select 1 as n")).toEqual([{ n: 1 }]);
});

test("a pid file that names a stranger does not stand in the way, and keeps what Postgres checks", async () => {
  const folder = tempDir();
  const file = join(folder, "postmaster.pid");
  writeFileSync(file, `${process.pid}\n${folder}\n1\n5432\n\n127.0.0.1\n 12345 6\nready\n`);
  await clearStalePid(folder);
  expect(isAlive(process.pid)).toBe(true);
  const [pid, ...others] = readFileSync(file, "utf8").split("\n");
  expect(isAlive(Number(pid))).toBe(false);
  expect(others).toContain(" 12345 6");
});

test("where the user postgres cannot enter, its files get a place elsewhere that the data directory remembers", async () => {
  const parent = tempDir();
  const dataDir = join(parent, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  const user = { uid: 65_534, gid: 65_534 };
  expect(await locatePostgresData(dataDir, user)).toBe(join(dataDir, "postgres"));
  chmodSync(parent, 0o700);
  expect(await locatePostgresData(dataDir, undefined)).toBe(join(dataDir, "postgres"));
  const elsewhere = await locatePostgresData(dataDir, user);
  expect(elsewhere.startsWith(SHARED_ROOT)).toBe(true);
  expect(await locatePostgresData(dataDir, user)).toBe(elsewhere);
});

test("what is wrong with the data is said in a sentence", async () => {
  const dataDir = tempDir();
  const running = await start(dataDir);
  await running.stop();
  const version = join(dataDir, "postgres", "PG_VERSION");
  writeFileSync(version, "17\n");
  await expect(start(dataDir)).rejects.toThrow(
    "was written by Postgres 17, and this release brings Postgres 18",
  );
  writeFileSync(version, "18\n");
  rmSync(join(dataDir, "postgres.password"));
  await expect(start(dataDir)).rejects.toThrow("postgres.password is missing");
});

test("a port that is taken ends the start with what Postgres said", async () => {
  const other = await start(tempDir());
  const port = Number(new URL(other.databaseUrl).port);
  await expect(start(tempDir(), port)).rejects.toThrow("could not bind");
});

test("an abort ends a start that is under way and leaves no server", async () => {
  const dataDir = tempDir();
  const controller = new AbortController();
  const starting = startPostgres({ dataDir, port: await findFreePort(), signal: controller.signal });
  starting.catch(() => {});
  const pidFile = join(dataDir, "postgres", "postmaster.pid");
  const pid = await waitFor(() => Number.parseInt(readFileSync(pidFile, "utf8"), 10), {
    what: "the server has begun",
    everyMs: 1,
  });
  controller.abort();
  await starting.then(
    (running) => running.stop(),
    () => {},
  );
  expect(isAlive(pid)).toBe(false);
});

test("memory for buffers is at most an eighth of the machine's, and 1 GB", () => {
  const buffersOn = (gib: number) => postgresSettings(gib * 2 ** 30, true)["shared_buffers"];
  expect([buffersOn(0.1), buffersOn(2), buffersOn(24)]).toEqual(["32MB", "256MB", "1024MB"]);
});
