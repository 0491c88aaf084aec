/**
 * Gathers items for at most `windowMs` and hands them to `flush` together: one transaction for many callers.
 *
 * Invariants
 * 1. A promise of `add` settles only after the flush that carried its item has settled.
 * 2. At most `inFlight` flushes run at once; what arrives meanwhile gathers, and is flushed when one returns.
 * 3. A flush that rejects rejects each of its items with the same reason; none is retried here.
 * 4. Items are flushed in the order of `add`.
 */
export interface BatcherOptions<Item, Result> {
  /** Must return one result per item, in order. */
  flush(items: Item[]): Promise<Result[]>;
  maxItems: number;
  windowMs: number;
  inFlight: number;
  /** With `sizeOf`, a batch also closes before it would pass this many bytes. */
  maxBytes?: number;
  sizeOf?(item: Item): number;
}

interface Entry<Item, Result> {
  item: Item;
  bytes: number;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  readonly #waiting: Entry<Item, Result>[] = [];
  #running = 0;
  #carried = 0;
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  /** Items waiting or in flight. */
  get size(): number {
    return this.#waiting.length + this.#carried;
  }

  add(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, bytes: this.#options.sizeOf?.(item) ?? 0, resolve, reject });
      this.#advance(this.#options.maxItems);
    });
  }

  /** Flushes what waits and resolves when nothing is in flight. */
  drain(): Promise<void> {
    return new Promise<void>((resolve) => {
      this.#idle.push(resolve);
      this.#advance(1);
    });
  }

  /** Starts the flushes that are due: as many as may run, while at least `enough` items wait. */
  #advance(enough: number): void {
    while (this.#waiting.length >= enough && this.#waiting.length > 0 && this.#canStart())
      void this.#flushOnce();
    if (this.#waiting.length > 0 && this.#canStart()) this.#arm();
    if (this.size === 0) {
      for (const resolve of this.#idle) resolve();
      this.#idle = [];
    }
  }

  #canStart(): boolean {
    return this.#running < this.#options.inFlight;
  }

  #arm(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#advance(1);
    }, this.#options.windowMs);
  }

  async #flushOnce(): Promise<void> {
    const batch = this.#take();
    this.#running += 1;
    this.#carried += batch.length;
    try {
      const results = await this.#options.flush(batch.map((entry) => entry.item));
      if (results.length !== batch.length) throw new Error("A flush must return one result per item");
      // The length was just checked, so each index is present.
      batch.forEach((entry, index) => entry.resolve(results[index] as Result));
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
    this.#running -= 1;
    this.#carried -= batch.length;
    this.#advance(1);
  }

  #take(): Entry<Item, Result>[] {
    const limit = this.#options.maxBytes ?? Number.POSITIVE_INFINITY;
    let count = 0;
    let bytes = 0;
    for (const entry of this.#waiting) {
      if (count === this.#options.maxItems || (count > 0 && bytes + entry.bytes > limit)) break;
      count += 1;
      bytes += entry.bytes;
    }
    return this.#waiting.splice(0, count);
  }
}
