import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { EngineError } from "#contract/errors.ts";
import { endOrphan } from "./end-orphan.ts";
import { readIfThere, writeAtomically } from "./files.ts";
import { lastLines, rotateLog } from "./log-files.ts";
import type { Part } from "./supervised.ts";

export interface NodePartOptions {
  /** As a person calls it: "the worker". */
  name: string;
  /** Absolute path of the process's main module. */
  script: string;
  /** Stands in its command line, and names `<data dir>/<id>.pid`. */
  id: string;
  /** Absolute. */
  dataDir: string;
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** Until its message `{ type: "ready" }`. */
  readyWithinMs: number;
  /** From SIGTERM to SIGKILL. */
  killAfterMs: number;
  signal: AbortSignal;
}

/** What a part says once it serves; anything else in it is for the one who asked. */
export interface ReadyMessage {
  type: "ready";
  [detail: string]: unknown;
}

export interface NodePart extends Part {
  pid: number;
  ready: ReadyMessage;
}

const PRELOAD = new URL("./exit-with-parent.ts", import.meta.url).href;

/**
 * Starts a Node process of ours, resolves once it says that it is ready. It has a session of its own (Ctrl-C reaches
 * only the one who owns the order of stopping) and ends with its parent (`exit-with-parent.ts`).
 *
 * @throws EngineError `engine/start` with the last lines of its log.
 */
export async function startNodePart(options: NodePartOptions): Promise<NodePart> {
  const logFile = nodePartLog(options);
  await rotateLog(logFile);
  const log = openSync(logFile, "a", 0o600);
  const child = fork(options.script, [options.dataDir], {
    stdio: ["ignore", log, log, "ipc"],
    execArgv: ["--import", PRELOAD],
    env: { ...options.env },
    detached: true,
    serialization: "json",
  });
  closeSync(log);
  const exited = new Promise<{ code: number }>((resolve) => {
    child.once("exit", (code, signal) =>
      resolve({ code: code ?? 128 + constants.signals[signal ?? "SIGKILL"] }),
    );
    child.once("error", () => resolve({ code: 1 }));
  });
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), options.killAfterMs);
    await exited;
    clearTimeout(timer);
  };
  await writeAtomically(pidFileOf(options), String(child.pid));
  const failed = exited.then(({ code }) => `it ended with exit code ${code}`);
  const outcome = await Promise.race([waitReady(child, options), failed]);
  if (typeof outcome === "string") {
    await stop();
    const said = await lastLines(logFile);
    throw new EngineError("engine/start", `${options.name} did not start: ${outcome}. It said:\n${said}`);
  }
  return { pid: child.pid ?? 0, ready: outcome, exited, stop, kill: () => child.kill("SIGKILL") };
}

type Named = Pick<NodePartOptions, "id" | "dataDir" | "script">;

export function nodePartLog({ dataDir, id }: Pick<Named, "id" | "dataDir">): string {
  return join(dataDir, `${id}.log`);
}

function pidFileOf({ dataDir, id }: Pick<Named, "id" | "dataDir">): string {
  return join(dataDir, `${id}.pid`);
}

/** Waits for the end of a part whose parent was killed a moment ago: it may still hold its port. */
export async function endLeftNodePart(part: Named): Promise<void> {
  const pid = Number(await readIfThere(pidFileOf(part)));
  await endOrphan(pid, `${part.script} ${part.dataDir}`, "SIGTERM");
}

/** The message, or why none came. */
function waitReady(child: ChildProcess, options: NodePartOptions): Promise<ReadyMessage | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve(`it was not ready within ${options.readyWithinMs / 1000} s`),
      options.readyWithinMs,
    );
    child.once("exit", () => clearTimeout(timer));
    options.signal.addEventListener("abort", () => resolve("it was stopped while starting"), { once: true });
    child.on("message", (message: unknown) => {
      if (!isReady(message)) return;
      clearTimeout(timer);
      resolve(message);
    });
  });
}

function isReady(message: unknown): message is ReadyMessage {
  return typeof message === "object" && message !== null && "type" in message && message.type === "ready";
}
