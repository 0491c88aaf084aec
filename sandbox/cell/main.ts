import { join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Piscina } from "piscina";
import type { SandboxLogLine } from "#contract/sandbox.ts";
import {
  BURST_REPORT_MS,
  CELL_UID,
  ISOLATES_PER_CELL,
  type CellMessage,
  type HostMessage,
  type RunResult,
} from "../protocol.ts";
import type { FromThread, StartAnswer, ThreadTask, ToThread } from "./cell-thread-messages.ts";
import { createTokenMemory, ExecutionToken, type Burst } from "./execution-token.ts";
import { dropPermissions } from "./lock-down.ts";
import { mapStack } from "./map-stack.ts";
import { testSelf } from "./self-test.ts";

/**
 * The cell's main thread: passes messages between the host and the piscina thread, and never runs guest code,
 * so it answers while the thread is deaf. It watches the execution token and tells the host of long bursts.
 *
 * A cell ends by SIGKILL only, its own included: `process.exit` hangs in a process that holds isolates.
 */
const POLL_MS = 20;
/** With no run under way only a spare can hold the token. */
const IDLE_POLL_MS = 250;

const tokenMemory = createTokenMemory();
const token = new ExecutionToken(tokenMemory);
const sourceMaps = new Map<string, string | undefined>();
/** Log lines of runs under way, told to the host while a burst is long: a killed cell cannot tell them. */
const logs = new Map<number, { lines: SandboxLogLine[]; told: number }>();
let pool: Piscina | undefined;
let threadPort: MessagePort | undefined;
let poll: NodeJS.Timeout | undefined;
let pollMs = 0;
let longest: { burst: Burst; sinceMs: number; reported: boolean } | undefined;

const tell = (message: CellMessage) => {
  process.send?.(message);
};
const tellThread = (message: ToThread) => threadPort?.postMessage(message);

async function runTask(task: ThreadTask, transferList?: MessagePort[]): Promise<unknown> {
  if (pool === undefined) throw new Error("A task came before the cell was started");
  if (transferList === undefined) return pool.run(task);
  // Piscina's type names the other overload of postMessage; a list of ports is what it passes on.
  return pool.run(task, { transferList: transferList as never });
}

function endSelf(): void {
  process.kill(process.pid, "SIGKILL");
}

/** What goes wrong in a cell's own code ends the cell: the host runs its executions again. */
function guard(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    process.stderr.write(`cell: ${String(error)}\n`, endSelf);
  });
}

async function start(message: Extract<HostMessage, { type: "start" }>): Promise<void> {
  pool = new Piscina({
    filename: join(import.meta.dirname, process.argv[2] ?? ""),
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: ISOLATES_PER_CELL * 2,
    atomics: "disabled",
    env: {},
    recordTiming: false,
  });
  const { port1, port2 } = new MessageChannel();
  threadPort = port1;
  port1.on("message", receiveFromThread);
  // The modules may lie where only the parent's user can read: so they are loaded before the user changes, and
  // the user changes before the thread's self-test asks what the process may.
  await runTask({ type: "load" });
  const ownUser = process.getuid?.() === 0;
  if (ownUser) becomeNobody();
  const guest = {
    code: message.guestCode,
    ...(message.guestCache === undefined ? {} : { cache: message.guestCache }),
  };
  const { libraries } = message;
  const thread = (await runTask({ type: "start", guest, libraries, tokenMemory, port: port2, ownUser }, [
    port2,
  ])) as StartAnswer; // the thread's own answer
  dropPermissions();
  const main = await testSelf("main", ownUser);
  tell({
    type: "ready",
    selfTest: {
      main: main.codes,
      thread: thread.codes,
      failures: [...main.failures, ...thread.failures],
      rssMb: process.memoryUsage.rss() / 1_048_576,
    },
  });
}

/** A user of its own, where the parent could give it one: files and processes of the host are not its own. */
function becomeNobody(): void {
  process.setgroups?.([]);
  process.setgid?.(CELL_UID);
  process.setuid?.(CELL_UID);
}

function receiveFromHost(message: HostMessage): void {
  switch (message.type) {
    case "start":
      return guard(start(message));
    case "bundle": {
      const { sha256, code, cache, sourceMap, spares } = message;
      sourceMaps.set(sha256, sourceMap);
      const bundle = { code, ...(cache === undefined ? {} : { cache }) };
      return guard(runTask({ type: "bundle", sha256, bundle, spares }));
    }
    case "step":
    case "definition":
      return guard(run(message));
    case "compile":
      return guard(compile(message));
    case "fetched":
    case "bundle-cache":
    case "cancel":
    case "close":
    case "ping":
      return tellThread(message);
  }
}

async function run(task: Extract<HostMessage, { type: "step" | "definition" }>): Promise<void> {
  logs.set(task.run, { lines: [], told: 0 });
  pollEvery(POLL_MS);
  const result = (await runTask(task)) as RunResult; // the thread's own answer
  logs.delete(task.run);
  if (logs.size === 0) pollEvery(IDLE_POLL_MS);
  // Told before a stack is mapped: that time is nobody's burst.
  endLongest(token.find());
  if (result.error?.stack !== undefined && typeof result.error.stack === "string")
    result.error.stack = mapStack(result.error.stack, task.sha256, sourceMaps.get(task.sha256));
  tell({ type: "result", run: task.run, result });
}

function pollEvery(everyMs: number): void {
  if (pollMs === everyMs) return;
  clearInterval(poll);
  pollMs = everyMs;
  poll = setInterval(watchToken, everyMs);
}

async function compile(message: Extract<HostMessage, { type: "compile" }>): Promise<void> {
  const { id, code, fileName } = message;
  const cache = (await runTask({ type: "compile", code, fileName })) as Uint8Array | undefined; // as above
  tell({ type: "compiled", id, ...(cache === undefined ? {} : { cache }) });
}

function receiveFromThread(message: FromThread): void {
  if (message.type === "log") logs.get(message.run)?.lines.push(message.line);
  else tell(message);
}

function watchToken(): void {
  const burst = token.find();
  endLongest(burst);
  if (burst === undefined) return;
  longest ??= { burst, sinceMs: performance.now(), reported: false };
  if (!longest.reported && performance.now() - longest.sinceMs >= BURST_REPORT_MS - POLL_MS) {
    longest.reported = true;
    const sinceMs = performance.now() - longest.sinceMs;
    tell({
      type: "burst",
      run: burst.holder,
      cpuLeftMs: burst.cpuLeftMs,
      wallLeftMs: burst.wallLeftMs,
      sinceMs,
    });
  }
  if (longest.reported) tellLogs(burst.holder);
}

function endLongest(burst: Burst | undefined): void {
  if (longest === undefined || longest.burst.sequence === burst?.sequence) return;
  if (longest.reported) tell({ type: "burst-end", run: longest.burst.holder });
  longest = undefined;
}

function tellLogs(run: number): void {
  const kept = logs.get(run);
  if (kept === undefined || kept.told === kept.lines.length) return;
  tell({ type: "logs", run, from: kept.told, lines: kept.lines.slice(kept.told) });
  kept.told = kept.lines.length;
}

process.on("disconnect", endSelf);
process.on("message", receiveFromHost);
