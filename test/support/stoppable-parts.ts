import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "#config";
import { findFreePort } from "#embedded/free-port.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import type { GuardedProcess } from "#embedded/guarded-process.ts";
import { startPostgres } from "#embedded/postgres.ts";
import { startTemporal } from "#embedded/temporal.ts";

/** A durable Postgres or Temporal on a fixed port that a test may stop, kill and start again. */
export interface StoppablePart {
  name: string;
  /** SIGKILL, then started again at once. */
  killAndRestart(): Promise<void>;
  /** Stopped in order and away until the promise of `during` settles, then started again. */
  awayDuring(during: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

export interface StoppableParts {
  databaseUrl: string;
  temporalAddress: string;
  postgres: StoppablePart;
  temporal: StoppablePart;
}

const START_WITHIN_MS = 120_000;

export async function startStoppableParts(folder: string, config: Config): Promise<StoppableParts> {
  const postgresDir = join(folder, "postgres");
  const temporalDir = join(folder, "temporal");
  await mkdir(postgresDir, { recursive: true });
  await mkdir(temporalDir, { recursive: true });
  const [postgresPort, temporalPort] = [await findFreePort(), await findFreePort()];
  const { path: binary } = await findTemporal({
    executablePath: config.executablePath,
    cacheDir: config.cacheDir,
    dataDir: folder,
    say: (line) => process.stderr.write(`${line}\n`),
    signal: AbortSignal.timeout(START_WITHIN_MS),
  });
  const beginPostgres = () =>
    startPostgres({ dataDir: postgresDir, port: postgresPort, signal: AbortSignal.timeout(START_WITHIN_MS) });
  const beginTemporal = () =>
    startTemporal({
      binary,
      dataDir: temporalDir,
      port: temporalPort,
      uiPort: undefined,
      namespace: "default",
      retentionDays: 1,
      signal: AbortSignal.timeout(START_WITHIN_MS),
    });
  const postgres = await beginPostgres();
  const temporal = await beginTemporal();
  return {
    databaseUrl: postgres.databaseUrl,
    temporalAddress: temporal.address,
    postgres: createPart("Postgres", postgres, beginPostgres),
    temporal: createPart("Temporal", temporal, beginTemporal),
  };
}

function createPart(
  name: string,
  started: GuardedProcess,
  begin: () => Promise<GuardedProcess>,
): StoppablePart {
  let running = started;
  return {
    name,
    killAndRestart: async () => {
      process.kill(running.pid, "SIGKILL");
      await running.exited;
      running = await begin();
    },
    awayDuring: async (during) => {
      await running.stop();
      await during();
      running = await begin();
    },
    stop: async () => {
      await running.stop();
    },
  };
}
