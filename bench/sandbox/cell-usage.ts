import { readFileSync } from "node:fs";
import type { Sandbox } from "#contract/sandbox.ts";

const TICK_MS = 10;

/** CPU of the cells alive so far, in milliseconds. Cells that end take theirs with them. */
export function cellsCpuMs(sandbox: Sandbox): number {
  return sandbox.status().cells.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0);
}

function cpuMsOf(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return Number.NaN; // not Linux, or it has ended
  }
}

/** Memory of the cells together, read now. */
export function cellsRssMb(sandbox: Sandbox): number {
  return sandbox.status().cells.reduce((sum, { pid }) => sum + rssMbOf(pid), 0);
}

function rssMbOf(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * 4) / 1024;
  } catch {
    return 0; // as above
  }
}

export function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
