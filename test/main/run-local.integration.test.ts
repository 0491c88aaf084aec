import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { expect, onTestFinished, test } from "vitest";
import { isAlive } from "#embedded/end-orphan.ts";
import { findFreePort } from "#embedded/free-port.ts";
import type { RunInfo } from "../../src/main/run-file.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

/** The real start, with a small server in place of the api and of the worker. */
const SCRIPT = fileURLToPath(new URL("../fixtures/parts/start-fixture.ts", import.meta.url));
const READY_MS = 40_000;

interface Started {
  dataDir: string;
  pid: number;
  output(): string;
  signal(signal: NodeJS.Signals): void;
  exited: Promise<number>;
}

function start(dataDir: string, env: Record<string, string> = {}): Started {
  const names = ["PATH", "HOME", "XDG_CACHE_HOME"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  const child = spawn(process.execPath, [SCRIPT], {
    env: { ...Object.fromEntries(names), PORT: "0", MILLRACE_DATA_DIR: dataDir, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const exited = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? -1)));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await waitFor(() => pidsOf(dataDir).every((pid) => !isAlive(pid)), {
      what: "no process is left",
      timeoutMs: 30_000,
    });
  });
  return {
    dataDir,
    pid: child.pid ?? 0,
    output: () => said,
    signal: (signal) => void child.kill(signal),
    exited,
  };
}

/** Of this very start: a killed one leaves its own behind. */
function readRun({ dataDir, pid }: Started): RunInfo | undefined {
  const file = join(dataDir, "run.json");
  const run = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as RunInfo) : undefined;
  return run?.pid === pid ? run : undefined;
}

async function startReady(
  dataDir: string,
  env?: Record<string, string>,
): Promise<Started & { run: RunInfo }> {
  const started = start(dataDir, env);
  const ended = started.exited.then((code) => expect.fail(`ended with ${code}: ${started.output()}`));
  const ready = waitFor(() => readRun(started), { what: "run.json is there", timeoutMs: READY_MS });
  return { ...started, run: await Promise.race([ready, ended]) };
}

function pidIn(file: string): number {
  return existsSync(file) ? Number.parseInt(readFileSync(file, "utf8"), 10) : 0;
}

/** Api, worker, Temporal, Postgres. */
function pidsOf(dataDir: string): number[] {
  const files = ["api.pid", "worker.pid", "temporal.pid", "postgres/postmaster.pid"];
  return files.map((file) => pidIn(join(dataDir, file))).filter((pid) => pid > 0);
}

async function canQuery(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await client.query("select from executions limit 1");
  await client.end();
  return true;
}

test("it says where everything is, and stops in order without a trace", async () => {
  const started = await startReady(tempDir());
  const { run, dataDir } = started;
  expect(statSync(join(dataDir, "run.json")).mode & 0o777).toBe(0o600);
  expect(run).toMatchObject({ ready: true, consoleUrl: run.apiUrl, token: "t", demo: null });
  expect(await canQuery(run.databaseUrl)).toBe(true);
  expect((await fetch(run.temporalUiUrl ?? "")).status).toBe(200);
  expect(started.output()).toContain(run.apiUrl);
  expect(started.output()).not.toContain(new URL(run.databaseUrl).password);
  const pids = pidsOf(dataDir);
  expect(pids.length).toBe(4);

  const second = start(dataDir);
  expect(await second.exited).toBe(1);
  expect(second.output()).toContain(`is in use by another Millrace (process ${started.pid}`);
  expect(pids.every(isAlive)).toBe(true);

  started.signal("SIGINT");
  expect(await started.exited).toBe(0);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dataDir, "run.json"))).toBe(false);
  expect(readFileSync(join(dataDir, "postgres.log"), "utf8").trimEnd()).toMatch(
    /database system is shut down$/,
  );
});

test("what is killed is started again, on the same address", async () => {
  const port = String(await findFreePort());
  const { dataDir, run, output } = await startReady(tempDir(), { PORT: port });
  const apiPid = async (): Promise<number> => Number(await (await fetch(run.apiUrl)).text());
  const before = await apiPid();
  for (const pid of pidsOf(dataDir)) process.kill(pid, "SIGKILL");
  for (const name of ["the api", "the worker", "Temporal", "Postgres"])
    await waitFor(() => output().includes(`${name} runs again`), {
      what: `${name} runs again`,
      timeoutMs: READY_MS,
    });
  expect(await apiPid()).not.toBe(before);
  expect(await canQuery(run.databaseUrl)).toBe(true);
  expect(output()).toContain("Postgres ended with exit code 137; it is started again in 0.25 s");
});

test("the death of the parent leaves no process, and the next start finds all as it was", async () => {
  const dataDir = tempDir();
  const port = String(await findFreePort());
  const first = await startReady(dataDir, { PORT: port });
  const pids = pidsOf(dataDir);
  first.signal("SIGKILL");
  // At once: what the killed one leaves is still stopping, and holds ports and files.
  const second = await startReady(dataDir, { PORT: port }).catch((error: unknown) => error);
  expect(second).toMatchObject({ run: { databaseUrl: first.run.databaseUrl } });
  expect(pids.filter(isAlive)).toEqual([]);
});

test("a part that does not start ends the program with its words, and the rest with it", async () => {
  const dataDir = tempDir();
  const broken = start(dataDir, { FIXTURE_FAILS: "worker" });
  expect(await broken.exited).toBe(1);
  expect(broken.output()).toContain(
    "the worker did not start: it ended with exit code 3. It said:\nno luck today",
  );
  expect(pidsOf(dataDir).filter(isAlive)).toEqual([]);
});

test("a stop while it starts is a stop like any other", async () => {
  const dataDir = tempDir();
  const started = start(dataDir);
  await waitFor(() => pidIn(join(dataDir, "postgres/postmaster.pid")) > 0, {
    what: "Postgres begins",
    everyMs: 2,
  });
  started.signal("SIGTERM");
  expect(await started.exited).toBe(0);
  expect(pidsOf(dataDir).filter(isAlive)).toEqual([]);
});

test("a second Ctrl-C ends everything at once, and the next start recovers", async () => {
  const dataDir = tempDir();
  const first = await startReady(dataDir, { FIXTURE_SLOW: "1" });
  const pids = pidsOf(dataDir);
  first.signal("SIGINT");
  await waitFor(() => readFileSync(join(dataDir, "api.log"), "utf8").includes("stopping slowly"), {
    what: "the api drains",
  });
  // One request until 200 ms have passed.
  await waitFor(() => (first.signal("SIGINT"), first.output().includes("Ctrl-C again")), {
    what: "it is forced",
  });
  expect(await first.exited).toBe(130);
  await waitFor(() => !pids.some(isAlive), { what: "all are gone" });
  expect(existsSync(join(dataDir, "run.json"))).toBe(false);
  expect(await canQuery((await startReady(dataDir)).run.databaseUrl)).toBe(true);
});

test("a port that is taken and a newer data directory are said before anything starts", async () => {
  const other = await startReady(tempDir());
  const taken = start(tempDir(), { PORT: new URL(other.run.databaseUrl).port });
  expect(await taken.exited).toBe(1);
  expect(taken.output()).toMatch(/Port \d+ on 127\.0\.0\.1 cannot be listened on.*PORT=0/);
  const newer = tempDir();
  writeFileSync(join(newer, "version.json"), '{"format":99}');
  const refused = start(newer);
  expect(await refused.exited).toBe(1);
  expect(refused.output()).toContain("was written by a newer release of Millrace");
  expect([taken, refused].flatMap(({ dataDir }) => pidsOf(dataDir))).toEqual([]);
});
