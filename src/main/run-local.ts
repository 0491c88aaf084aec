import { readConfig } from "#config";
import type { Config } from "#config";
import { EngineError } from "#contract/errors.ts";
import { openDataDir } from "#embedded/data-dir.ts";
import { isDiskFull } from "#embedded/files.ts";
import { removeRunFile, writeRunFile } from "./run-file.ts";
import type { RunDemo } from "./run-file.ts";
import { createShutdown, StopRequested } from "./shutdown.ts";
import type { Shutdown } from "./shutdown.ts";
import { startStack } from "./stack.ts";
import type { Stack } from "./stack.ts";

/** What the first start leaves in the database, and every later one finds there. */
export interface Seeded {
  token: string;
  demo: RunDemo;
  /** Shown to the person below the URLs: credentials at the first start, a curl to paste. */
  lines: readonly string[];
  /** Ends what the demo itself runs. */
  stop?(): Promise<void>;
}

export interface RunLocalOptions {
  /** Main modules of api and worker, absolute. */
  scripts: { api: string; worker: string };
  /** Not called with MILLRACE_DEMO=0. */
  seed?(running: { stack: Stack; config: Config; signal: AbortSignal }): Promise<Seeded>;
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
    shutdown.onForce(() => stack.kill());
    await serve({ options, config, stack, signal, startedAt });
  } finally {
    dataDir.release();
  }
}

interface Serving {
  options: RunLocalOptions;
  config: Config;
  stack: Stack;
  signal: AbortSignal;
  startedAt: number;
}

/** From all parts running to all parts stopped; throws the signal's reason. */
async function serve({ options, config, stack, signal, startedAt }: Serving): Promise<never> {
  let seeded: Seeded | undefined;
  try {
    seeded = config.demo ? await options.seed?.({ stack, config, signal }) : undefined;
    await writeRunFile(config.dataDir, {
      ready: true,
      pid: process.pid,
      apiUrl: stack.apiUrl,
      consoleUrl: stack.apiUrl,
      temporalAddress: stack.temporalAddress,
      temporalUiUrl: stack.temporalUiUrl ?? null,
      databaseUrl: stack.databaseUrl,
      token: seeded?.token ?? null,
      demo: seeded?.demo ?? null,
    });
    console.log(greeting({ stack, config, seeded, seconds: (performance.now() - startedAt) / 1000 }));
    await aborted(signal);
  } finally {
    await removeRunFile(config.dataDir);
    await seeded?.stop?.();
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
  seeded: Seeded | undefined;
  seconds: number;
}

function greeting({ stack, config, seeded, seconds }: Greeting): string {
  const rows = [
    ["Console and API", stack.apiUrl],
    ["Temporal UI", stack.temporalUiUrl ?? `that of ${stack.temporalAddress}`],
    ["Data and logs", config.dataDir],
    ["For scripts", `${config.dataDir}/run.json`],
  ];
  const table = rows.map(([name = "", value = ""]) => `  ${name.padEnd(17)}${value}`);
  const below = seeded === undefined ? [] : ["", ...seeded.lines];
  return [`Millrace is ready (${seconds.toFixed(1)} s). Ctrl-C stops it.`, "", ...table, ...below].join("\n");
}

/** A sentence for what a person can mend; the whole stack for what is ours to mend. */
export function explain(error: unknown): string {
  if (isDiskFull(error)) return `The disk is full: ${String(error)}. Free some space and start again.`;
  if (error instanceof EngineError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
