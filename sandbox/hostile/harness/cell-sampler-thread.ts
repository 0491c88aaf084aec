import { readFileSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { Sample } from "./cell-sampler.ts";

/** Reads the most memory that each cell has had, and notes how late it was itself: so late is the machine. */
const TICK_MS = 5;

const peaks = new Map<number, number>();
let watched: readonly number[] = [];
let latestMs = 0;
let dueAt = performance.now() + TICK_MS;

function tick(): void {
  latestMs = Math.max(latestMs, performance.now() - dueAt);
  dueAt = performance.now() + TICK_MS;
  for (const pid of watched) {
    const peakMb = peakOf(pid);
    if (peakMb !== undefined) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakMb));
  }
}

function peakOf(pid: number): number | undefined {
  try {
    const kb = /^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kb === undefined ? undefined : Number(kb) / 1024;
  } catch {
    return undefined; // it has ended, or there is no /proc here
  }
}

parentPort?.on("message", (pids: readonly number[] | "take") => {
  if (pids !== "take") {
    watched = pids;
    return;
  }
  const sample: Sample = { peaks: [...peaks], lateMs: latestMs };
  latestMs = 0;
  peaks.clear();
  parentPort?.postMessage(sample);
});
setInterval(tick, TICK_MS);
