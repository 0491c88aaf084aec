import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { childEnv, readConfig } from "#config";
import { parseDefinition } from "#contract/parse-definition.ts";
import { type Connection, connect } from "#db/connect.ts";
import { migrate } from "#db/migrate.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startPostgres } from "#embedded/postgres.ts";
import { startTemporal } from "#embedded/temporal.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { seedInstance, type SeededFlow, seedVersion } from "../../test/engine/seed-flow.ts";
import { readTreeCpuMs } from "../intake/processes.ts";
import type { BaselineLoad, BaselineResult } from "./baseline-process.ts";

export type PartName = "worker" | "api" | "postgres" | "temporal" | "baseline";

export interface Parts {
  db: Connection["db"];
  apiUrl: string;
  /** Four customers' flows of three steps; `waiting` steps wait 300 ms each. */
  quick: SeededFlow[];
  waiting: SeededFlow[];
  temporalAddress: string;
  runBaseline(load: BaselineLoad): Promise<BaselineResult>;
  /** CPU so far, with children: cells are the worker's, backends are Postgres'. */
  cpuMs(): Record<PartName, number>;
  workerPid(): number;
  /** Ends the worker and starts another with this many cells. */
  restartWorker(cells: number): Promise<void>;
  stop(): Promise<void>;
}

const CUSTOMERS = 4;

export async function startParts(cells: number): Promise<Parts> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const stores = await startStores(folder);
  const { databaseUrl } = stores.postgres;
  await migrate(databaseUrl);
  const connection = connect({
    databaseUrl,
    maxConnections: 4,
    applicationName: "bench",
    onError: console.error,
  });
  const { db } = connection;
  const { quick, waiting } = await seedFlows(db);
  const port = await findFreePort();
  const env = (sandboxCells: number): Record<string, string> =>
    childEnv({
      DATABASE_URL: databaseUrl,
      TEMPORAL_ADDRESS: stores.temporal.address,
      PORT: String(port),
      MILLRACE_DATA_DIR: folder,
      MILLRACE_ENCRYPTION_KEY: `bench:${randomKey}`,
      MILLRACE_SANDBOX_CELLS: String(sandboxCells),
      LOG_LEVEL: "error",
    });
  const api = await startProcess("../../src/main/api.ts", { env: env(cells), args: [] });
  let worker = await startProcess("../../src/main/worker.ts", { env: env(cells), args: [] });
  const baseline = await startProcess("./baseline-process.ts", {
    env: env(cells),
    args: [stores.temporal.address],
  });
  const cpuOf = (pid: number | undefined): number => readTreeCpuMs(pid ?? 0) ?? Number.NaN;
  return {
    db,
    apiUrl: `http://127.0.0.1:${port}`,
    quick,
    waiting,
    temporalAddress: stores.temporal.address,
    runBaseline: (load) => ask<BaselineResult>(baseline, load),
    cpuMs: () => ({
      worker: cpuOf(worker.pid),
      api: cpuOf(api.pid),
      postgres: cpuOf(stores.postgres.pid),
      temporal: cpuOf(stores.temporal.pid),
      baseline: cpuOf(baseline.pid),
    }),
    workerPid: () => worker.pid ?? 0,
    async restartWorker(sandboxCells) {
      await end(worker);
      worker = await startProcess("../../src/main/worker.ts", { env: env(sandboxCells), args: [] });
    },
    async stop() {
      baseline.disconnect();
      await Promise.all([end(worker), end(api)]);
      await connection.close();
      await Promise.all([stores.temporal.stop(), stores.postgres.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const randomKey = randomBytes(32).toString("base64");

async function startStores(folder: string) {
  const signal = AbortSignal.timeout(240_000);
  const { executablePath, cacheDir } = readConfig();
  const postgres = await startPostgres({ dataDir: folder, port: await findFreePort(), signal });
  const { path } = await findTemporal({
    executablePath,
    cacheDir,
    dataDir: folder,
    say: console.error,
    signal,
  });
  const temporal = await startTemporal({
    binary: path,
    dataDir: folder,
    port: await findFreePort(),
    uiPort: undefined,
    namespace: "default",
    retentionDays: 1,
    signal,
  });
  return { postgres, temporal };
}

async function seedFlows(db: Connection["db"]): Promise<{ quick: SeededFlow[]; waiting: SeededFlow[] }> {
  const bundle = await bundleIntegration(
    new URL("../../test/fixtures/engine-flows.ts", import.meta.url).pathname,
  );
  const definition = parseDefinition(await readDefinition(bundle));
  const version = await seedVersion(db, { sha256: bundle.sha256, code: bundle.code, definition });
  const seed = (flowKey: string) =>
    Promise.all(Array.from({ length: CUSTOMERS }, () => seedInstance(db, version, flowKey)));
  return { quick: await seed("quick"), waiting: await seed("waiting") };
}

async function readDefinition(bundle: { sha256: string; code: string }): Promise<string> {
  const sandbox = await createSandbox({ fetch: () => Promise.reject(new Error("no network")), maxCells: 1 });
  try {
    const domain = { organizationId: "bench", integrationId: "bench" };
    const source = { sha256: bundle.sha256, load: async () => bundle };
    const report = await sandbox.readDefinition(domain, source, AbortSignal.timeout(20_000));
    if (report.definitionJson === undefined)
      throw new Error(`The fixture's definition: ${report.error?.message}`);
    return report.definitionJson;
  } finally {
    await sandbox.stop();
  }
}

async function startProcess(
  module: string,
  { env, args }: { env: Record<string, string>; args: string[] },
): Promise<ChildProcess> {
  const execArgv = ["--no-node-snapshot"];
  const child = fork(new URL(module, import.meta.url), args, {
    env,
    execArgv,
    stdio: ["ignore", 2, 2, "ipc"],
  });
  await nextMessage(child);
  return child;
}

async function ask<Answer>(child: ChildProcess, message: object): Promise<Answer> {
  const answer = nextMessage(child);
  child.send(message);
  return (await answer) as Answer; // our own process
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`A process of the benchmark ended with ${code}`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}
