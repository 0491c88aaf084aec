import { join } from "node:path";
import { childEnv } from "#config";
import type { Config } from "#config";
import type { EngineError } from "#contract/errors.ts";
import { migrate } from "#db/migrate.ts";
import type { DataDir } from "#embedded/data-dir.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import { endLeftNodePart, nodePartLog, startNodePart } from "#embedded/node-part.ts";
import { endLeftPostgres, startPostgres } from "#embedded/postgres.ts";
import { Supervised } from "#embedded/supervised.ts";
import type { Part } from "#embedded/supervised.ts";
import { endLeftTemporal, startTemporal } from "#embedded/temporal.ts";
import { choosePorts } from "./choose-ports.ts";
import type { Ports } from "./choose-ports.ts";

/** Api and worker get this long to finish what they have in hand. */
const API_STOP_MS = 15_000;
const WORKER_STOP_MS = 35_000;
const READY_WITHIN_MS = 60_000;

export interface StackOptions {
  config: Config;
  dataDir: DataDir;
  /** Main modules of api and worker, absolute. */
  scripts: { api: string; worker: string };
  say(line: string): void;
  /** A part does not stay up: the program is to stop the rest and end. */
  onGiveUp(error: EngineError): void;
  signal: AbortSignal;
}

export interface Stack {
  /** As this machine reaches the api. */
  apiUrl: string;
  /** As senders and browsers reach it. */
  publicUrl: string;
  databaseUrl: string;
  temporalAddress: string;
  /** Undefined where Temporal is not ours and nothing says where its web interface is. */
  temporalUiUrl: string | undefined;
  /** Api, worker, Temporal, Postgres: each once the one before is gone. */
  stop(): Promise<void>;
  /** All at once. */
  kill(): void;
}

/**
 * Everything of a local installation: Postgres and Temporal (those that are not configured elsewhere), then api and
 * worker, each supervised. @throws what the first part that does not start throws, with the rest stopped again.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { config } = options;
  await endLeftBehind(options);
  const ports = await choosePorts(config);
  // In the order of starting; stopped backwards.
  const parts: Supervised<Part>[] = [];
  const stop = async (): Promise<void> => {
    for (const part of parts.toReversed()) await part.stop();
  };
  try {
    const stores = await startStores(options, ports, parts);
    await migrate(stores.databaseUrl);
    options.signal.throwIfAborted();
    const apiUrl = `http://${localHost(config.host)}:${ports.api}`;
    const publicUrl = config.publicUrl ?? apiUrl;
    const env = childEnv({
      DATABASE_URL: stores.databaseUrl,
      TEMPORAL_ADDRESS: stores.temporalAddress,
      TEMPORAL_NAMESPACE: config.temporalNamespace,
      ...(stores.temporalUiUrl !== undefined && { MILLRACE_TEMPORAL_UI_URL: stores.temporalUiUrl }),
      PORT: String(ports.api),
      MILLRACE_PUBLIC_URL: publicUrl,
      MILLRACE_DATA_DIR: config.dataDir,
      ...(config.encryptionKeys === undefined && { MILLRACE_ENCRYPTION_KEY: options.dataDir.encryptionKey }),
    });
    await startProcesses(options, env, parts);
    const kill = (): void => parts.forEach((part) => part.kill());
    return { ...stores, apiUrl, publicUrl, stop, kill };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What a start that was killed a moment ago has left may still be stopping, and hold ports. */
async function endLeftBehind({ config, scripts }: StackOptions): Promise<void> {
  const { dataDir } = config;
  for (const id of ["api", "worker"] as const) await endLeftNodePart({ id, script: scripts[id], dataDir });
  if (config.temporalAddress === undefined) await endLeftTemporal(dataDir);
  if (config.databaseUrl === undefined) await endLeftPostgres(dataDir);
}

type Stores = Pick<Stack, "databaseUrl" | "temporalAddress" | "temporalUiUrl">;

async function startStores(options: StackOptions, ports: Ports, parts: Supervised<Part>[]): Promise<Stores> {
  const { config } = options;
  const { dataDir } = config;
  const postgres = supervise(options, parts, {
    name: "Postgres",
    logFile: join(dataDir, "postgres.log"),
    start: (signal) => startPostgres({ dataDir, port: ports.postgres, signal }),
  });
  const temporal = supervise(options, parts, {
    name: "Temporal",
    logFile: join(dataDir, "temporal.log"),
    start: (signal) => startEmbeddedTemporal(options, ports, signal),
  });
  const [database, server] = await allOrFirstError([
    config.databaseUrl === undefined ? postgres.start() : { databaseUrl: config.databaseUrl },
    config.temporalAddress === undefined
      ? temporal.start()
      : { address: config.temporalAddress, uiUrl: config.temporalUiUrl },
  ]);
  return { databaseUrl: database.databaseUrl, temporalAddress: server.address, temporalUiUrl: server.uiUrl };
}

async function startEmbeddedTemporal(options: StackOptions, ports: Ports, signal: AbortSignal) {
  const { config, say } = options;
  const { dataDir, cacheDir, executablePath } = config;
  const { path } = await findTemporal({ executablePath, cacheDir, dataDir, say, signal });
  return startTemporal({
    binary: path,
    dataDir,
    port: ports.temporal,
    uiPort: ports.temporalUi,
    namespace: config.temporalNamespace,
    retentionDays: config.retentionDays,
    signal,
  });
}

async function startProcesses(
  options: StackOptions,
  env: Readonly<Record<string, string>>,
  parts: Supervised<Part>[],
): Promise<void> {
  const { dataDir } = options.config;
  const processes = (["worker", "api"] as const).map((id) =>
    supervise(options, parts, {
      name: `the ${id}`,
      logFile: nodePartLog({ dataDir, id }),
      start: (signal) =>
        startNodePart({
          name: `the ${id}`,
          script: options.scripts[id],
          id,
          dataDir,
          env,
          readyWithinMs: READY_WITHIN_MS,
          killAfterMs: id === "api" ? API_STOP_MS : WORKER_STOP_MS,
          signal,
        }),
    }),
  );
  await allOrFirstError(processes.map((part) => part.start()));
}

interface Described<Running extends Part> {
  name: string;
  logFile: string;
  start(signal: AbortSignal): Promise<Running>;
}

function supervise<Running extends Part>(
  { say, onGiveUp, signal }: StackOptions,
  parts: Supervised<Part>[],
  described: Described<Running>,
): Supervised<Running> {
  const part = new Supervised<Running>({ ...described, say, onGiveUp, signal });
  parts.push(part);
  return part;
}

/** Waits for all, so that nothing comes up after the one who asked has given up. */
async function allOrFirstError<const All extends readonly unknown[]>(
  promises: All,
): Promise<{ -readonly [Key in keyof All]: Awaited<All[Key]> }> {
  const failed = (await Promise.allSettled(promises)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return Promise.all(promises);
}

/** An address that means "all of them" is no address to go to. */
function localHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
