import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type { FromWatchdog, ToWatchdog, Usage } from "./watchdog-messages.ts";

export type WatchdogKill = "cpu" | "memory" | "wall";

export interface WatchedCell {
  readonly id: number;
  killedByWatchdog(reason: WatchdogKill, usage: Usage): void;
  sized(rssMb: number): void;
}

/** What a watchdog can see here: without /proc, only the clock. */
export type WatchdogSight = "proc" | "clock-only";

/** The host's side of the watchdog's thread. */
export class Watchdog {
  readonly sight: WatchdogSight = existsSync("/proc/self/statm") ? "proc" : "clock-only";
  readonly #thread: Worker;
  readonly #cells = new Map<number, WatchedCell>();

  /** `onFailure` is called when the thread has ended by an error: no limit is enforced any more. */
  constructor(onFailure: (error: Error) => void) {
    this.#thread = new Worker(new URL("./watchdog-thread.ts", import.meta.url), { execArgv: [], env: {} });
    this.#thread.unref();
    this.#thread.on("error", onFailure);
    this.#thread.on("message", (message: FromWatchdog) => this.#receive(message));
  }

  watch(cell: WatchedCell, pid: number): void {
    this.#cells.set(cell.id, cell);
    this.#tell({ type: "watch", cell: cell.id, pid });
  }

  unwatch(cell: WatchedCell): void {
    this.#cells.delete(cell.id);
    this.#tell({ type: "unwatch", cell: cell.id });
  }

  /** An idle cell is looked at less often. */
  limit(cell: WatchedCell, rssMb: number, active: boolean): void {
    this.#tell({ type: "limit", cell: cell.id, rssMb, active });
  }

  burst(cell: WatchedCell, limits: { withinMs: number; cpuMs: number; cpuBound: boolean }): void {
    const deadlineMs = Date.now() + limits.withinMs;
    this.#tell({
      type: "burst",
      cell: cell.id,
      deadlineMs,
      cpuMs: limits.cpuMs,
      cpuBound: limits.cpuBound,
    });
  }

  burstEnd(cell: WatchedCell): void {
    this.#tell({ type: "burst-end", cell: cell.id });
  }

  async stop(): Promise<void> {
    await this.#thread.terminate();
  }

  #tell(message: ToWatchdog): void {
    this.#thread.postMessage(message);
  }

  #receive(message: FromWatchdog): void {
    if (message.type === "killed")
      this.#cells.get(message.cell)?.killedByWatchdog(message.reason, message.usage);
    else for (const [cell, rssMb] of message.sizes) this.#cells.get(cell)?.sized(rssMb);
  }
}
