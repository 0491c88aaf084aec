import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { Sandbox } from "#contract/sandbox.ts";

/** What a thread of its own has seen of the cells. */
export interface Sample {
  peaks: [pid: number, peakMb: number][];
  /** The longest that the thread was kept from running: nothing on this machine can be expected sooner. */
  lateMs: number;
}

const TELL_MS = 10;

export class CellSampler {
  readonly #thread = new Worker(new URL("./cell-sampler-thread.ts", import.meta.url), { env: {} });
  readonly #timer: NodeJS.Timeout;
  readonly #limits = new Map<number, number>();

  constructor(sandbox: Sandbox) {
    this.#timer = setInterval(() => {
      const { cells } = sandbox.status();
      for (const { pid, limitMb } of cells)
        this.#limits.set(pid, Math.max(this.#limits.get(pid) ?? 0, limitMb));
      this.#thread.postMessage(cells.map(({ pid }) => pid));
    }, TELL_MS);
  }

  /** Since it was taken last: the most by which a cell has passed its limit, and how late the machine was. */
  async take(): Promise<{ overLimitMb: number; peakMb: number; lateMs: number }> {
    this.#thread.postMessage("take");
    const [sample] = (await once(this.#thread, "message")) as [Sample]; // our own thread's
    const over = sample.peaks.map(
      ([pid, peak]) => peak - (this.#limits.get(pid) ?? Number.POSITIVE_INFINITY),
    );
    return {
      overLimitMb: Math.max(0, ...over),
      peakMb: Math.max(0, ...sample.peaks.map(([, peak]) => peak)),
      lateMs: sample.lateMs,
    };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#thread.terminate();
  }
}
