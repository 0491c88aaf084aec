import { closeSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { FromWatchdog, ToWatchdog } from "./watchdog-messages.ts";

/**
 * Looks at every working cell each 20 ms and ends what passes a limit by SIGKILL. A thread of its own, so that
 * a busy worker cannot delay it.
 *
 * /proc files are opened once and read again from their start: reads of a dead process fail even when its pid
 * has been given to another, so a signal never hits a stranger.
 */
const TICK_MS = 20;
/** Idle cells are looked at once in so many ticks; their sizes are told at the same rhythm. */
const SLOW_TICKS = 50;
const PAGE_KB = 4;
/** Linux counts CPU time in hundredths of a second for user space, whatever its own tick is. */
const CPU_TICK_MS = 10;

interface Watched {
  pid: number;
  stat: number | undefined;
  statm: number | undefined;
  limitMb: number;
  active: boolean;
  burst: { deadlineMs: number; cpuFromMs: number; cpuLimitMs: number; cpuBound: boolean } | undefined;
}

const port = parentPort;
const cells = new Map<number, Watched>();
const buffer = Buffer.alloc(1024);
let ticks = 0;

const tell = (message: FromWatchdog) => port?.postMessage(message);

function receive(message: ToWatchdog): void {
  if (message.type === "watch") return watch(message.cell, message.pid);
  const cell = cells.get(message.cell);
  if (cell === undefined) return;
  switch (message.type) {
    case "limit":
      cell.limitMb = message.rssMb;
      cell.active = message.active;
      return;
    case "burst": {
      const { deadlineMs, cpuBound } = message;
      const cpuFromMs = cpuMs(cell) ?? 0;
      cell.burst = { deadlineMs, cpuFromMs, cpuLimitMs: cpuFromMs + message.cpuMs, cpuBound };
      return;
    }
    case "burst-end":
      cell.burst = undefined;
      return;
    case "unwatch":
      cells.delete(message.cell);
      close(cell);
  }
}

function watch(id: number, pid: number): void {
  const open = (name: string) => {
    try {
      return openSync(`/proc/${pid}/${name}`, "r");
    } catch {
      return undefined; // a platform without /proc: the clock alone is left
    }
  };
  const limitMb = Number.POSITIVE_INFINITY;
  cells.set(id, { pid, stat: open("stat"), statm: open("statm"), limitMb, active: true, burst: undefined });
}

function tick(): void {
  ticks += 1;
  const slow = ticks % SLOW_TICKS === 0;
  const sizes: [number, number][] = [];
  for (const [id, cell] of cells) {
    if (!slow && !cell.active && cell.burst === undefined) continue;
    const rssMb = sizeMb(cell);
    if (slow && rssMb !== undefined) sizes.push([id, rssMb]);
    if (rssMb !== undefined && rssMb > cell.limitMb) kill(id, cell, "memory");
    else if (cell.burst !== undefined) lookAtBurst(id, cell, cell.burst);
  }
  if (slow) tell({ type: "sizes", sizes });
}

/** By the clock, and by the CPU of all of the cell's threads. */
function lookAtBurst(id: number, cell: Watched, burst: NonNullable<Watched["burst"]>): void {
  if (Date.now() > burst.deadlineMs) kill(id, cell, burst.cpuBound ? "cpu" : "wall");
  else if ((cpuMs(cell) ?? 0) > burst.cpuLimitMs) kill(id, cell, "cpu");
}

function kill(id: number, cell: Watched, reason: "cpu" | "memory" | "wall"): void {
  const cpuFromMs = cell.burst?.cpuFromMs;
  const usage = {
    cpuMs: cpuFromMs === undefined ? 0 : (cpuMs(cell) ?? cpuFromMs) - cpuFromMs,
    rssMb: sizeMb(cell) ?? 0,
  };
  cells.delete(id);
  close(cell);
  tell({ type: "killed", cell: id, reason, usage });
  try {
    process.kill(cell.pid, "SIGKILL");
  } catch {
    // It has ended by itself; the host hears of it by its exit.
  }
}

function sizeMb(cell: Watched): number | undefined {
  const pages = read(cell.statm)?.split(" ")[1];
  return pages === undefined ? undefined : (Number(pages) * PAGE_KB) / 1024;
}

/** User and system time of all threads of the cell. */
function cpuMs(cell: Watched): number | undefined {
  const text = read(cell.stat);
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields === undefined ? undefined : (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MS;
}

function read(file: number | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    return undefined; // the process has ended
  }
}

function close(cell: Watched): void {
  for (const file of [cell.stat, cell.statm]) if (file !== undefined) closeSync(file);
}

port?.on("message", receive);
setInterval(tick, TICK_MS);
