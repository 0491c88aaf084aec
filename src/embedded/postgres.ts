import { totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { EngineError } from "#contract/errors.ts";
import { startGuarded } from "./guarded-process.ts";
import type { GuardedProcess } from "./guarded-process.ts";
import { lastLines, rotateLog } from "./log-files.ts";
import { findPostgresBinaries, findPostgresUser, reachableBinaries } from "./postgres-binaries.ts";
import type { PostgresBinaries, PostgresUser } from "./postgres-binaries.ts";
import { clearStalePid, locatePostgresData, preparePostgresData, SUPERUSER } from "./postgres-data.ts";
import type { PostgresData } from "./postgres-data.ts";
import { pollUntil } from "./poll-until.ts";

const START_WITHIN_MS = 60_000;
const BACKENDS_GONE_WITHIN_MS = 20_000;
const DATABASE = "millrace";

export interface PostgresOptions {
  /** Absolute; holds `postgres/`, `postgres.log` and `postgres.password`. */
  dataDir: string;
  port: number;
  /** Off only for tests, whose data may be lost. */
  durable?: boolean;
  signal: AbortSignal;
}

export interface RunningPostgres extends GuardedProcess {
  /** Of the database `millrace`, which is there. */
  databaseUrl: string;
}

/**
 * Settings of the embedded server. Measured with 2 million rows stored: 8,800 acks/s with these against 5,800 with
 * Postgres' defaults. Memory is at most an eighth of the machine's.
 */
export function postgresSettings(memoryBytes: number, durable: boolean): Record<string, string> {
  const megabytes = Math.max(32, Math.min(1_024, Math.floor(memoryBytes / 8 / 2 ** 20)));
  return {
    listen_addresses: "127.0.0.1",
    // Everything connects by TCP, and a socket's path has a length limit that a deep checkout passes.
    unix_socket_directories: "",
    shared_buffers: `${megabytes}MB`,
    max_wal_size: "8GB",
    min_wal_size: "256MB",
    wal_compression: "off",
    max_connections: "200",
    checkpoint_completion_target: "0.9",
    // Restarting after a crash matters more than the last line of a log.
    log_line_prefix: "%m [%p] ",
    log_checkpoints: "off",
    ...(durable ? { fsync: "on" } : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
}

/**
 * Starts the Postgres of a data directory, making it first where there is none. The caller holds the directory's lock.
 * @throws EngineError `engine/start` with a sentence and the last lines of Postgres' log.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const user = await findPostgresUser();
  const binaries = await reachableBinaries(await findPostgresBinaries());
  const data = await preparePostgresData(options.dataDir, binaries, user);
  await clearStalePid(data.dir);
  const server = { options, user, binaries, data, logFile: join(options.dataDir, "postgres.log") };
  await rotateLog(server.logFile);
  const deadline = performance.now() + BACKENDS_GONE_WITHIN_MS;
  for (;;) {
    try {
      return await launch(server);
    } catch (error) {
      const said = await lastLines(server.logFile);
      // Backends of a server that was killed are given the time to notice it.
      if (!said.includes("shared memory block") || performance.now() > deadline)
        throw new EngineError("engine/start", `Postgres did not start in ${data.dir}. It said:\n${said}`, {
          cause: error,
        });
      await sleep(200, undefined, { signal: options.signal });
    }
  }
}

/** Ends the server that a killed start left behind, so that its port is free again. */
export async function endLeftPostgres(dataDir: string): Promise<void> {
  await clearStalePid(await locatePostgresData(dataDir, await findPostgresUser()));
}

interface Server {
  options: PostgresOptions;
  user: PostgresUser | undefined;
  binaries: PostgresBinaries;
  data: PostgresData;
  logFile: string;
}

async function launch({ options, user, binaries, data, logFile }: Server): Promise<RunningPostgres> {
  const settings = postgresSettings(totalmem(), options.durable ?? true);
  const running = await startGuarded({
    command: binaries.postgres,
    args: [
      "-D",
      data.dir,
      "-p",
      String(options.port),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin", TZ: "UTC" },
    cwd: "/",
    logFile,
    // SIGINT is Postgres' fast shutdown: sessions end, a checkpoint is written.
    stopSignal: "INT",
    // SIGKILL would leave its children to find out; after SIGQUIT all are gone at once, and the next start recovers.
    forceSignal: "QUIT",
    killAfterMs: 20_000,
    ...(user === undefined ? {} : { user }),
  });
  const urlOf = (database: string) =>
    `postgres://${SUPERUSER}:${data.password}@127.0.0.1:${options.port}/${database}`;
  try {
    await untilReady(urlOf("postgres"), running, options.signal);
    await ensureDatabase(urlOf("postgres"));
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { ...running, databaseUrl: urlOf(DATABASE) };
}

async function untilReady(url: string, running: GuardedProcess, signal: AbortSignal): Promise<void> {
  const ended = running.exited.then((exit) => ({ exit }));
  await pollUntil(
    async () => {
      const state = await Promise.race([ended, canConnect(url)]);
      if (typeof state === "object") throw new Error(`Postgres ended with exit code ${state.exit.code}`);
      return state;
    },
    { timeoutMs: START_WITHIN_MS, signal },
  );
}

async function canConnect(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query("select from pg_database where datname = $1", [DATABASE]);
    if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}
