import { join } from "node:path";
import { EngineError } from "#contract/errors.ts";
import { endOrphan } from "./end-orphan.ts";
import { readIfThere, writeAtomically } from "./files.ts";
import { startGuarded } from "./guarded-process.ts";
import type { GuardedProcess } from "./guarded-process.ts";
import { lastLines, rotateLog } from "./log-files.ts";
import { prepareLocalNamespace } from "./prepare-local-namespace.ts";

export interface TemporalOptions {
  /** Path of the CLI, from `findTemporal`. */
  binary: string;
  /** Absolute; holds `temporal.db`, `temporal.log` and `temporal.pid`. */
  dataDir: string;
  port: number;
  /** Undefined: without the web interface. */
  uiPort: number | undefined;
  namespace: string;
  retentionDays: number;
  signal: AbortSignal;
}

export interface RunningTemporal extends GuardedProcess {
  address: string;
  uiUrl: string | undefined;
}

/**
 * The development server is rate-limited out of the box (20 transfers a second per shard, and it has one shard):
 * raising these took it from 4 to 55 executions a second here. Eager activities are off by default in older servers.
 */
const DYNAMIC_CONFIG = {
  "history.transferProcessorMaxPollRPS": 1_000,
  "history.timerProcessorMaxPollRPS": 1_000,
  "history.visibilityProcessorMaxPollRPS": 200,
  "system.enableActivityEagerExecution": true,
  "frontend.namespaceRPS": 20_000,
  "frontend.rps": 20_000,
  "matching.rps": 20_000,
  "history.rps": 20_000,
  // No telemetry: the server would report its version and ask for newer ones.
  "frontend.enableServerVersionCheck": false,
} as const;

export function temporalArguments(options: TemporalOptions): string[] {
  const ui =
    options.uiPort === undefined
      ? ["--headless"]
      : ["--ui-port", String(options.uiPort), "--ui-disable-news-fetch"];
  const flags = {
    ip: "127.0.0.1",
    port: String(options.port),
    namespace: options.namespace,
    "db-filename": databaseFile(options.dataDir),
    "log-level": "warn",
  };
  return [
    "server",
    "start-dev",
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ...["journal_mode=WAL", "synchronous=NORMAL"].flatMap((pragma) => ["--sqlite-pragma", pragma]),
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([name, value]) => [
      "--dynamic-config-value",
      `${name}=${value}`,
    ]),
    ...ui,
  ];
}

function databaseFile(dataDir: string): string {
  return join(dataDir, "temporal.db");
}

function pidFileOf(dataDir: string): string {
  return join(dataDir, "temporal.pid");
}

/** Ends the server that a killed start left behind, so that its ports are free again. */
export async function endLeftTemporal(dataDir: string): Promise<void> {
  await endOrphan(Number(await readIfThere(pidFileOf(dataDir))), databaseFile(dataDir), "SIGTERM");
}

/**
 * Starts a local Temporal on a data directory and waits until its namespace serves.
 * @throws EngineError `engine/start` with a sentence and the last lines of the server's log.
 */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const logFile = join(options.dataDir, "temporal.log");
  await endLeftTemporal(options.dataDir);
  await rotateLog(logFile);
  const running = await startGuarded({
    command: options.binary,
    args: temporalArguments(options),
    // None of our own TEMPORAL_*: they are meant for clients.
    env: { HOME: options.dataDir, PATH: "/usr/bin:/bin", TZ: "UTC", TEMPORAL_VERSION_CHECK_DISABLED: "1" },
    logFile,
    stopSignal: "TERM",
    forceSignal: "KILL",
    killAfterMs: 15_000,
  });
  await writeAtomically(pidFileOf(options.dataDir), String(running.pid));
  const address = `127.0.0.1:${options.port}`;
  const abort = new AbortController();
  try {
    const ended = running.exited.then(({ code }) => {
      throw new Error(`Temporal ended with exit code ${code}`);
    });
    const signal = AbortSignal.any([options.signal, abort.signal]);
    await Promise.race([prepareLocalNamespace({ ...options, address, signal }), ended]);
  } catch (error) {
    abort.abort();
    await running.stop();
    throw new EngineError(
      "engine/start",
      `Temporal did not start on ${address}. It said:\n${await lastLines(logFile)}`,
      {
        cause: error,
      },
    );
  }
  return {
    ...running,
    address,
    uiUrl: options.uiPort === undefined ? undefined : `http://127.0.0.1:${options.uiPort}`,
  };
}
