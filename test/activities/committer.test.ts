import { expect, test } from "vitest";
import { createCommitter } from "#activities/committer.ts";

function refusing(bad: number) {
  const calls: number[][] = [];
  const committer = createCommitter(
    (items: number[]) => {
      calls.push(items);
      return items.includes(bad)
        ? Promise.reject(new Error("refused"))
        : Promise.resolve(items.map((each) => each * 10));
    },
    () => 1,
  );
  return { calls, committer };
}

test("items that come together are committed together", async () => {
  const { calls, committer } = refusing(-1);
  expect(await Promise.all([committer.add(1), committer.add(2)])).toEqual([10, 20]);
  expect(calls).toEqual([[1, 2]]);
});

test("an item that is refused does not take its neighbours with it", async () => {
  const { committer } = refusing(2);
  const settled = await Promise.allSettled([committer.add(1), committer.add(2), committer.add(3)]);
  expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("an outage is told to all and tried apart for none", async () => {
  let calls = 0;
  const away = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const committer = createCommitter(
    (_items: number[]): Promise<number[]> => {
      calls += 1;
      return Promise.reject(away);
    },
    () => 1,
  );
  const settled = await Promise.allSettled([committer.add(1), committer.add(2)]);
  expect(settled).toEqual([
    { status: "rejected", reason: away },
    { status: "rejected", reason: away },
  ]);
  expect(calls).toBe(1);
});
