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

export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>;
  /** Items waiting or in flight. */
  size(): number;
  /** Flushes what waits and resolves when nothing is in flight. */
  drain(): Promise<void>;
}

interface Waiting<Item, Result> {
  item: Item;
  bytes: number;
  resolve(result: Result): void;
  reject(reason: unknown): void;
}

export function createBatcher<Item, Result>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running = 0;
  let carried = 0;
  let timer: NodeJS.Timeout | undefined;
  let idle: (() => void)[] = [];

  function take(): Waiting<Item, Result>[] {
    const limit = options.maxBytes ?? Number.POSITIVE_INFINITY;
    let count = 0;
    let bytes = 0;
    for (const entry of waiting) {
      if (count === options.maxItems || (count > 0 && bytes + entry.bytes > limit)) break;
      count += 1;
      bytes += entry.bytes;
    }
    return waiting.splice(0, count);
  }

  async function flushOnce(): Promise<void> {
    const batch = take();
    running += 1;
    carried += batch.length;
    try {
      const results = await options.flush(batch.map((entry) => entry.item));
      if (results.length !== batch.length) throw new Error("A flush must return one result per item");
      // The length was just checked, so each index is present.
      batch.forEach((entry, index) => entry.resolve(results[index] as Result));
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
    running -= 1;
    carried -= batch.length;
    advance(true);
  }

  /** Starts flushes that are due; `returned` says that one has just come back, so waiting longer gains nothing. */
  function advance(returned: boolean): void {
    while (
      waiting.length > 0 &&
      running < options.inFlight &&
      (returned || waiting.length >= options.maxItems)
    ) {
      void flushOnce();
    }
    if (waiting.length > 0 && running < options.inFlight) arm();
    if (waiting.length === 0 && running === 0) {
      for (const resolve of idle) resolve();
      idle = [];
    }
  }

  function arm(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      advance(true);
    }, options.windowMs);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        waiting.push({ item, bytes: options.sizeOf?.(item) ?? 0, resolve, reject });
        advance(false);
      }),
    size: () => waiting.length + carried,
    drain: () =>
      new Promise<void>((resolve) => {
        idle.push(resolve);
        advance(true);
      }),
  };
}
