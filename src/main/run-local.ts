import { masterKeysSchema, readConfig } from "#config";
import type { Config, MasterKey } from "#config";
import { EngineError } from "#contract/errors.ts";
import { openDataDir } from "#embedded/data-dir.ts";
import { isDiskFull } from "#embedded/files.ts";
import { removeRunFile, removeRunFileNow, writeRunFile } from "./run-file.ts";
import type { RunDemo } from "./run-file.ts";
import { createShutdown, StopRequested } from "./shutdown.ts";
import type { Shutdown } from "./shutdown.ts";
import { startStack } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** What the installation has beyond its parts: made by the first start, found by every later one. */
export interface Prepared {
  /** API token of the owner. */
  token: string;
  demo: RunDemo | null;
  /** Shown to the person below the URLs. */
  lines: readonly string[];
  /** Ends what the preparation has started. */
  stop(): Promise<void>;
}

export interface PrepareOptions {
  stack: Stack;
  config: Config;
  /** The current one first. */
  encryptionKeys: readonly MasterKey[];
  signal: AbortSignal;
}

export interface RunLocalOptions {
  /** Main modules of api and worker, absolute. */
  scripts: { api: string; worker: string };
  prepare(options: PrepareOptions): Promise<Prepared>;
}

const say = (line: string): void => console.error(`millrace: ${line}`);

/** Runs everything on this machine until it is asked to stop; returns the exit code. Never throws. */
export async function runLocal(options: RunLocalOptions): Promise<number> {
  try {
    const config = readConfig();
    const shutdown = createShutdown({ watchParent: config.startedByNpm, say });
    await runUntilStopped(options, config, shutdown);
    return 0;
  } catch (error) {
    if (error instanceof StopRequested) return 0;
    console.error(`millrace: ${explain(error)}`);
    return 1;
  }
}

async function runUntilStopped(options: RunLocalOptions, config: Config, shutdown: Shutdown): Promise<void> {
  const startedAt = performance.now();
  const { signal, fail: onGiveUp } = shutdown;
  const dataDir = await openDataDir(config.dataDir);
  try {
    await removeRunFile(config.dataDir);
    const { scripts } = options;
    const stack = await startStack({ config, dataDir, scripts, say, onGiveUp, signal }).catch(
      (error: unknown) => {
        // What fails because of the stop is not worth a word of its own.
        signal.throwIfAborted();
        throw error;
      },
    );
    shutdown.onForce(() => {
      removeRunFileNow(config.dataDir);
      stack.kill();
    });
    const encryptionKeys = config.encryptionKeys ?? masterKeysSchema.parse(dataDir.encryptionKey);
    await serve({ options, config, encryptionKeys, stack, signal, startedAt });
  } finally {
    dataDir.release();
  }
}

interface Serving extends PrepareOptions {
  options: RunLocalOptions;
  startedAt: number;
}

/** From all parts running to all parts stopped; throws the signal's reason. */
async function serve({ options, startedAt, ...running }: Serving): Promise<never> {
  const { config, stack, signal } = running;
  let prepared: Prepared | undefined;
  try {
    prepared = await options.prepare(running);
    const { token, demo } = prepared;
    const { apiUrl, publicUrl: consoleUrl, temporalAddress, databaseUrl } = stack;
    const temporalUiUrl = stack.temporalUiUrl ?? null;
    const urls = { apiUrl, consoleUrl, temporalAddress, temporalUiUrl, databaseUrl };
    await writeRunFile(config.dataDir, { ready: true, pid: process.pid, ...urls, token, demo });
    console.log(greeting({ stack, config, prepared, seconds: (performance.now() - startedAt) / 1000 }));
    await aborted(signal);
  } catch (error) {
    // What fails because of the stop is not worth a word of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    await removeRunFile(config.dataDir);
    await prepared?.stop();
    await stack.stop();
    say("stopped");
  }
  throw signal.reason;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

interface Greeting {
  stack: Stack;
  config: Config;
  prepared: Prepared;
  seconds: number;
}

function greeting({ stack, config, prepared, seconds }: Greeting): string {
  const rows = [
    ["Console and API", stack.publicUrl],
    ["API reference", `${stack.publicUrl}/api/docs`],
    ["Temporal UI", stack.temporalUiUrl ?? `that of ${stack.temporalAddress}`],
    ["Data and logs", config.dataDir],
    ["For scripts", `${config.dataDir}/run.json`],
  ];
  const table = rows.map(([name = "", value = ""]) => `  ${name.padEnd(17)}${value}`);
  const below = prepared.lines.length === 0 ? [] : ["", ...prepared.lines];
  return [`Millrace is ready (${seconds.toFixed(1)} s). Ctrl-C stops it.`, "", ...table, ...below].join("\n");
}

/** A sentence for what a person can mend; the whole stack for what is ours to mend. */
export function explain(error: unknown): string {
  if (isDiskFull(error)) return `The disk is full: ${String(error)}. Free some space and start again.`;
  if (error instanceof EngineError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
