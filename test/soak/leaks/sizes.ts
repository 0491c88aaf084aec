import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Sandbox } from "#contract/sandbox.ts";

/** What of a process may leak, read from outside of it. */
export interface Sizes {
  hostMb: number;
  /** Of the host's own JavaScript, after a collection: nothing of it is garbage. */
  hostHeapMb: number;
  /** Of the largest cell. */
  cellMb: number;
  isolates: number;
  handles: number;
  hostFiles: number;
  cellFiles: number;
}

const SETTLE_MS = 1_500;

/** Once what was let go of is gone. */
export async function measureSizes(sandbox: Sandbox): Promise<Sizes> {
  await sleep(SETTLE_MS);
  collectGarbage();
  const { cells } = sandbox.status();
  const pids = cells.map(({ pid }) => pid);
  const most = (values: number[]) => Math.max(0, ...values);
  return {
    hostMb: process.memoryUsage.rss() / 1_048_576,
    hostHeapMb: process.memoryUsage().heapUsed / 1_048_576,
    cellMb: most(pids.map(rssMbOf)),
    isolates: cells.reduce((sum, { isolates }) => sum + isolates, 0),
    handles: process.getActiveResourcesInfo().length,
    hostFiles: readdirSync("/proc/self/fd").length,
    cellFiles: most(pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
  };
}

export function describeSizes(sizes: Sizes): string {
  return Object.entries(sizes)
    .map(([name, value]) => `${name} ${Number(value).toFixed(name.endsWith("Mb") ? 1 : 0)}`)
    .join(", ");
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void; // there by the flag
  collect();
}

function rssMbOf(pid: number): number {
  const kb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kb ?? 0) / 1_024;
}
