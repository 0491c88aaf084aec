/** Between the watchdog and its thread. Cells are known by a number of ours, never by pid alone. */
export type ToWatchdog =
  | { type: "watch"; cell: number; pid: number }
  | { type: "limit"; cell: number; rssMb: number; active: boolean }
  | { type: "burst"; cell: number; deadlineMs: number; cpuMs: number; cpuBound: boolean }
  | { type: "burst-end"; cell: number }
  | { type: "unwatch"; cell: number };

/** What a cell had used when it was ended: CPU since its long burst was reported, memory in all. */
export interface Usage {
  cpuMs: number;
  rssMb: number;
}

export type FromWatchdog =
  | { type: "killed"; cell: number; reason: "cpu" | "memory" | "wall"; usage: Usage }
  | { type: "sizes"; sizes: [cell: number, rssMb: number][] };
