import { expect, test } from "vitest";
import { Batcher } from "#db/batcher.ts";

function gatheringBatcher(options: { maxItems?: number; inFlight?: number; maxBytes?: number } = {}) {
  const batches: number[][] = [];
  const releases: (() => void)[] = [];
  const batcher = new Batcher<number, string>({
    maxItems: options.maxItems ?? 3,
    windowMs: 1,
    inFlight: options.inFlight ?? 1,
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes, sizeOf: (item: number) => item }),
    flush: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => {
        releases.push(resolve);
      });
      return items.map(String);
    },
  });
  return { batcher, batches, releases };
}

test("a full window is flushed at once and each item gets its own result", async () => {
  const { batcher, batches, releases } = gatheringBatcher();
  const results = Promise.all([1, 2, 3].map((item) => batcher.add(item)));
  expect(batches).toEqual([[1, 2, 3]]);
  releases.forEach((release) => release());
  expect(await results).toEqual(["1", "2", "3"]);
});

test("what arrives while all flushes are in flight goes out together when one returns", async () => {
  const { batcher, batches, releases } = gatheringBatcher({ maxItems: 2 });
  const first = Promise.all([batcher.add(1), batcher.add(2)]);
  const later = Promise.all([batcher.add(3), batcher.add(4)]);
  expect(batches).toHaveLength(1);
  releases[0]?.();
  await first;
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ]);
  releases[1]?.();
  await later;
});

test("a batch closes before it would pass its bytes, but a single large item still goes", async () => {
  const { batcher, batches, releases } = gatheringBatcher({ maxItems: 10, maxBytes: 10, inFlight: 4 });
  const all = Promise.all([batcher.add(50), batcher.add(6), batcher.add(6)]);
  const drained = batcher.drain();
  expect(batches).toEqual([[50], [6], [6]]);
  releases.forEach((release) => release());
  await all;
  await drained;
  expect(batcher.size).toBe(0);
});

test("a flush that fails rejects its own items and no others", async () => {
  let calls = 0;
  const batcher = new Batcher<number, number>({
    maxItems: 1,
    windowMs: 1,
    inFlight: 1,
    flush: (items) => (calls++ === 0 ? Promise.reject(new Error("away")) : Promise.resolve(items)),
  });
  const [first, second] = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
  expect(first).toMatchObject({ status: "rejected", reason: { message: "away" } });
  expect(second).toEqual({ status: "fulfilled", value: 2 });
});
