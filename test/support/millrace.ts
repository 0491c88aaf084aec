import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KillPoint } from "#contract/kill-points.ts";
import { waitFor } from "./wait-for.ts";

/** `<data dir>/run.json`, as `npm start` writes it. */
export interface RunFile {
  ready: true;
  apiUrl: string;
  consoleUrl: string;
  temporalAddress: string;
  temporalUiUrl: string;
  databaseUrl: string;
  token: string;
  demo: {
    customerId: string;
    integrationId: string;
    instanceId: string;
    ledgerUrl: string;
    flows: Record<string, { webhookUrl: string; apiKey: string; signingSecret: string }>;
  };
}

export interface RunningMillrace {
  run: RunFile;
  dataDir: string;
  process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** A call to the API with the owner's token; throws on an answer outside 2xx. */
  call<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Arms a kill point once; `isArmed` is false as soon as a process has died of it. */
  arm(point: KillPoint): void;
  isArmed(point: KillPoint): boolean;
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  remove(): void;
}

/** The environment of a person who has set nothing of ours. */
export function cleanEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        !/^(MILLRACE_|TEMPORAL_|DATABASE_URL$|PORT$|VITEST|NODE_ENV$|NODE_OPTIONS$)/.test(entry[0]),
    ),
  );
}

/** Starts everything as `npm start` does, in a data directory of its own, and waits until it says it is ready. */
export async function startMillrace(
  options: { dataDir?: string; env?: Record<string, string> } = {},
): Promise<RunningMillrace> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "millrace-e2e-"));
  const killDir = join(dataDir, "kill");
  mkdirSync(killDir, { recursive: true });
  const child = spawn(process.execPath, ["src/main/start.ts"], {
    env: {
      ...cleanEnv(),
      PORT: "0",
      LOG_LEVEL: "warn",
      MILLRACE_DATA_DIR: dataDir,
      MILLRACE_TEST: "1",
      MILLRACE_TEST_KILL_DIR: killDir,
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  child.stderr.on("data", (chunk) => (printed += String(chunk)));
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  const run = await waitFor(() => readRunFile(dataDir, child, () => printed), {
    timeoutMs: 150_000,
    what: "npm start is ready",
  });
  return {
    run,
    dataDir,
    process: child,
    output: () => printed,
    call: (method, path, body) => callApi(run, { method, path, body }),
    arm: (point) => writeFileSync(join(killDir, point), ""),
    isArmed: (point) => isFile(join(killDir, point)),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      return exited;
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}

function isFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

function readRunFile(dataDir: string, child: ChildProcess, output: () => string): RunFile | undefined {
  if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}:\n${output()}`);
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8"));
    return parsed as RunFile; // our own file, written at once by a rename
  } catch {
    return undefined;
  }
}

async function callApi<Answer>(
  run: RunFile,
  request: { method: string; path: string; body: unknown },
): Promise<Answer> {
  const response = await fetch(`${run.apiUrl}/api/v1${request.path}`, {
    method: request.method,
    headers: { authorization: `Bearer ${run.token}`, "content-type": "application/json" },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${request.method} ${request.path}: ${response.status} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as Answer; // each test names the shape it relies on
}
