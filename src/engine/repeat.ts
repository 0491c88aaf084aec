import { setTimeout as wait } from "node:timers/promises";

export interface RepeatOptions {
  everyMs: number;
  /** Before the first time. */
  firstAfterMs: number;
  task(signal: AbortSignal): Promise<void>;
  /** What the task rejects with, unless it was stopped: the next time comes all the same. */
  onError(error: unknown): void;
}

/** Does a task again and again, never two at once, with a tenth of jitter so that processes drift apart. */
export function repeat(options: RepeatOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const run = async (): Promise<void> => {
    let delayMs = options.firstAfterMs;
    while (!signal.aborted) {
      // Rejects only when stopped.
      await wait(delayMs, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await options.task(signal).catch((error: unknown) => {
        if (!signal.aborted) options.onError(error);
      });
      delayMs = options.everyMs * (0.9 + 0.2 * Math.random());
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
