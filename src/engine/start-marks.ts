import type { Logger } from "pino";
import { Batcher } from "#db/batcher.ts";
import type { Db } from "#db/connect.ts";
import { markStarted, type StartMark } from "#db/queue.ts";
import { Backoff } from "./backoff.ts";

/** Starts per transaction, and how long the first of them waits for company. */
const MARK_ROWS = 64;
const MARK_WINDOW_MS = 5;

export interface StartMarksOptions {
  db: Db;
  workerId: string;
  log: Logger;
  /** The execution had been cancelled between claim and start: its workflow must go. */
  onCancelled(executionId: string): Promise<void>;
}

/**
 * Records starts in batches. A mark that fails (Postgres away, a deadlock) is repeated until it is written or
 * `giveUp` says that it is pointless: the shard's next holder starts again, finds it started, and marks it.
 */
export class StartMarks {
  readonly #options: StartMarksOptions;
  readonly #batcher: Batcher<StartMark, boolean>;

  constructor(options: StartMarksOptions) {
    this.#options = options;
    this.#batcher = new Batcher({
      flush: (marks) => this.#flush(marks),
      maxItems: MARK_ROWS,
      windowMs: MARK_WINDOW_MS,
      inFlight: 1,
    });
  }

  async add(mark: StartMark, giveUp: () => boolean): Promise<void> {
    const backoff = new Backoff({ firstMs: 100, mostMs: 2_000 });
    for (;;) {
      try {
        const isCancelled = await this.#batcher.add(mark);
        if (isCancelled) await this.#options.onCancelled(mark.executionId);
        return;
      } catch (error) {
        if (giveUp()) return;
        if (backoff.failures === 0)
          this.#options.log.warn(
            { err: error, executionId: mark.executionId },
            "a start could not be marked yet",
          );
        await new Promise((resolve) => setTimeout(resolve, backoff.next()));
      }
    }
  }

  async #flush(marks: StartMark[]): Promise<boolean[]> {
    const cancelled = new Set(await markStarted(this.#options.db, this.#options.workerId, marks));
    return marks.map((mark) => cancelled.has(mark.executionId));
  }
}
