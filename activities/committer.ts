import { Batcher } from "#db/batcher.ts";
import { isUnavailable } from "#db/is-unavailable.ts";

/** Steps end singly when there are few, and together when there are many: a window adds its length to each. */
const BATCH = { maxItems: 64, windowMs: 1, inFlight: 4, maxBytes: 8 * 1024 * 1024 } as const;

export interface Committer<Item, Result> {
  /** Resolves after the commit. */
  add(item: Item): Promise<Result>;
  drain(): Promise<void>;
}

type Settled<Result> = { value: Result } | { reason: unknown };

/**
 * Commits items together. Where a batch fails for a reason that lies in its data, each item is committed alone: one
 * that Postgres refuses must not take its neighbours with it.
 */
export function createCommitter<Item, Result>(
  commit: (items: Item[]) => Promise<Result[]>,
  sizeOf: (item: Item) => number,
): Committer<Item, Result> {
  const flush = async (items: Item[]): Promise<Settled<Result>[]> => {
    try {
      return (await commit(items)).map((value) => ({ value }));
    } catch (error) {
      if (items.length === 1 || isUnavailable(error)) throw error;
      return commitApart(items, commit);
    }
  };
  const batcher = new Batcher<Item, Settled<Result>>({ ...BATCH, flush, sizeOf });
  return {
    async add(item) {
      const settled = await batcher.add(item);
      if ("reason" in settled) throw settled.reason;
      return settled.value;
    },
    drain: () => batcher.drain(),
  };
}

async function commitApart<Item, Result>(
  items: Item[],
  commit: (items: Item[]) => Promise<Result[]>,
): Promise<Settled<Result>[]> {
  const settled: Settled<Result>[] = [];
  for (const item of items) {
    settled.push(
      ...(await commit([item]).then(
        (values) => values.map((value) => ({ value })),
        (reason: unknown) => [{ reason }],
      )),
    );
  }
  return settled;
}
