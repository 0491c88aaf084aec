import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Readable, Writable } from "node:stream";
import { EngineError } from "#contract/errors.ts";
import { hasCode } from "./files.ts";

/**
 * A child process that cannot outlive its parent, however the parent ends.
 *
 * Node knows no PDEATHSIG, so a shell of about 1 MB stands between: it starts the program and reads a pipe whose
 * only writer is this process. When the pipe closes, by our hand (`stop`) or because this process was killed, the
 * guard sends the program its stop signal, and SIGKILL once `killAfterMs` have passed.
 *
 * 1. The program's output goes straight to a file: a dead parent's broken pipe must not disturb its last writes.
 * 2. Program and guard have a session of their own: Ctrl-C in a terminal reaches only the process that owns the order
 *    of stopping.
 * 3. The guard ends when the program ends, with its exit code, so `exited` speaks of the program.
 * 4. A guard that is killed leaves the program to its watcher, which goes on reading the pipe; where both are killed,
 *    whoever starts the program next ends it first (`end-orphan.ts`).
 */
const GUARD = `
umask 077
trap 'kill -"$STOP_SIGNAL" "$child" 2>/dev/null' TERM INT HUP
"$@" 3<&- 4>&- </dev/null &
child=$!
echo "$child" >&4
exec 4>&-
{
  while read -r _; do :; done <&3
  kill -"$STOP_SIGNAL" "$child"
  waited=0
  while [ "$waited" -lt "$KILL_AFTER" ] && kill -0 "$child"; do
    sleep 0.1
    waited=$((waited + 1))
    # What a shell starts with & begins with SIGINT ignored: until it has its own handler, it loses ours.
    if [ "$STOP_SIGNAL" = INT ] && [ $((waited % 5)) -eq 0 ]; then kill -INT "$child"; fi
  done
  kill -KILL "$child"
} 2>/dev/null &
watcher=$!
exec 3<&-
wait "$child"; code=$?
# A trapped signal interrupts wait while the program still runs.
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
kill -KILL "$watcher" 2>/dev/null
exit "$code"
`;

export interface GuardedProcessOptions {
  command: string;
  args: readonly string[];
  /** The program's whole environment. */
  env: Readonly<Record<string, string>>;
  /** Takes the program's output, appended. */
  logFile: string;
  stopSignal: "INT" | "TERM";
  /** For `kill`. */
  forceSignal: "QUIT" | "KILL";
  /** From the stop signal to SIGKILL. */
  killAfterMs: number;
  cwd?: string;
  user?: { uid: number; gid: number };
}

export interface Exit {
  /** 128 + n after signal n. */
  code: number;
}

export interface GuardedProcess {
  /** The program's, not the guard's. */
  pid: number;
  exited: Promise<Exit>;
  /** Sends the stop signal and waits for the end; SIGKILL follows by itself. May be called twice. */
  stop(): Promise<Exit>;
  /** Ends it at once. */
  kill(): void;
}

export async function startGuarded(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, "a", 0o600);
  const guard = spawn("/bin/sh", ["-c", GUARD, "millrace-guard", options.command, ...options.args], {
    stdio: ["ignore", log, log, "pipe", "pipe"],
    detached: true,
    env: {
      ...options.env,
      STOP_SIGNAL: options.stopSignal,
      KILL_AFTER: String(Math.ceil(options.killAfterMs / 100)),
    },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...options.user,
  });
  closeSync(log);
  const exited = new Promise<Exit>((resolve, reject) => {
    guard.once("error", (error) =>
      reject(new EngineError("engine/start", `${options.command} could not be started.`, { cause: error })),
    );
    guard.once("exit", (code, signal) => resolve({ code: code ?? (signal === "SIGKILL" ? 137 : 1) }));
  });
  // Both pipes were asked for above: spawn makes them a Writable and a Readable.
  const lifeline = guard.stdio[3] as Writable;
  const pidPipe = guard.stdio[4] as Readable;
  // The guard may be gone before the pipe is closed; that is what closing it is for.
  lifeline.on("error", () => {});
  const pid = await Promise.race([readPid(pidPipe), exited.then(() => 0)]);
  return {
    pid,
    exited,
    stop: () => {
      lifeline.destroy();
      return exited;
    },
    kill: () => signalProcess(pid, `SIG${options.forceSignal}`),
  };
}

/** A process that is gone already is what was wanted. */
function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}

async function readPid(pipe: Readable): Promise<number> {
  let text = "";
  for await (const chunk of pipe.setEncoding("utf8")) text += String(chunk);
  return Number.parseInt(text, 10);
}
