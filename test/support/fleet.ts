import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import pg from "pg";
import { findFreePort } from "#embedded/free-port.ts";
import { type NodePart, startNodePart } from "#embedded/node-part.ts";
import { cleanEnv, type RunningMillrace } from "./millrace.ts";
import { waitFor } from "./wait-for.ts";

/** A process that a test may restart in order: SIGTERM, its end, started again and at work. */
export interface FleetMember {
  name: string;
  restart(): Promise<void>;
}

/** Two apis and two workers on one Postgres and one Temporal. */
export interface Fleet {
  /** As senders reach the two apis, without a slash at their ends. */
  origins: [string, string];
  /** Both apis, then both workers. */
  members: FleetMember[];
  /** Stops the second pair; the first is `npm start`'s own. */
  stop(): Promise<void>;
}

const BACK_WITHIN_MS = 60_000;

/** The api and the worker of `npm start`, and a second of each beside them, as an operator would start it. */
export async function startFleet(millrace: RunningMillrace): Promise<Fleet> {
  const port = await findFreePort();
  const pool = new pg.Pool({ connectionString: millrace.run.databaseUrl, max: 1 });
  const api = await startSecond(millrace, { kind: "api", port });
  const worker = await startSecond(millrace, { kind: "worker", port });
  const origins: Fleet["origins"] = [millrace.run.apiUrl, `http://127.0.0.1:${port}`];
  await isReady(origins[1]);
  await hasBeat(pool, worker.pid());
  return {
    origins,
    members: [
      { name: "the first api", restart: () => restartFirst(millrace, "api", () => isReady(origins[0])) },
      { name: "the second api", restart: () => api.restart() },
      {
        name: "the first worker",
        restart: () => restartFirst(millrace, "worker", (pid) => hasBeat(pool, pid)),
      },
      {
        name: "the second worker",
        restart: async () => {
          await worker.restart();
          await hasBeat(pool, worker.pid());
        },
      },
    ],
    async stop() {
      await api.stop();
      await worker.stop();
      await pool.end();
    },
  };
}

type Kind = "api" | "worker";

async function startSecond(millrace: RunningMillrace, { kind, port }: { kind: Kind; port: number }) {
  const { run, dataDir } = millrace;
  const begin = (): Promise<NodePart> =>
    startNodePart({
      name: `the second ${kind}`,
      id: `second-${kind}`,
      script: resolve(`src/main/${kind}.ts`),
      dataDir,
      env: {
        ...cleanEnv(),
        DATABASE_URL: run.databaseUrl,
        TEMPORAL_ADDRESS: run.temporalAddress,
        MILLRACE_ENCRYPTION_KEY: readFileSync(join(dataDir, "encryption.key"), "utf8").trim(),
        MILLRACE_PUBLIC_URL: run.apiUrl,
        PORT: String(port),
        LOG_LEVEL: "warn",
      },
      readyWithinMs: BACK_WITHIN_MS,
      killAfterMs: BACK_WITHIN_MS,
      signal: AbortSignal.timeout(BACK_WITHIN_MS),
    });
  let part = await begin();
  const stop = async (): Promise<void> => {
    await part.stop();
    const { code } = await part.exited;
    if (code !== 0) throw new Error(`the second ${kind} ended with exit code ${code} at SIGTERM`);
  };
  return {
    pid: () => part.pid,
    stop,
    async restart() {
      await stop();
      part = await begin();
    },
  };
}

/** `npm start` starts again what ends: its own api or worker is asked to end, and waited for. */
async function restartFirst(
  { dataDir, output }: RunningMillrace,
  kind: Kind,
  isBack: (pid: number) => Promise<unknown>,
): Promise<void> {
  const pidNow = (): number => Number(readFileSync(join(dataDir, `${kind}.pid`), "utf8"));
  const old = pidNow();
  const said = output().length;
  process.kill(old, "SIGTERM");
  const pid = await waitFor(() => pidNow() !== old && pidNow(), {
    timeoutMs: BACK_WITHIN_MS,
    what: `the first ${kind} is started again`,
  });
  if (!output().slice(said).includes(`the ${kind} ended with exit code 0`))
    throw new Error(`the first ${kind} did not end in order:\n${output().slice(said)}`);
  await isBack(pid);
}

const isReady = (origin: string): Promise<true> =>
  waitFor(async () => (await fetch(`${origin}/readyz`)).ok, {
    timeoutMs: BACK_WITHIN_MS,
    what: `${origin} is ready`,
  });

/** A worker beats when it has begun to take its share of the work. */
const hasBeat = (pool: pg.Pool, pid: number): Promise<true> =>
  waitFor(
    async () =>
      (await pool.query("SELECT FROM processes WHERE kind = 'worker' AND pid = $1", [pid])).rowCount === 1,
    { timeoutMs: BACK_WITHIN_MS, what: `worker ${pid} takes work` },
  );
