import { expect, test } from "vitest";
import { SlotLimit } from "#engine/slot-limit.ts";

const inTime = (limit: SlotLimit, times: number, used?: number): void => {
  for (let time = 0; time < times; time += 1)
    limit.observe(20, { beganAt: 0, now: 0, used: used ?? limit.value });
};

test("a limit that holds back grows to the capacity and no further", () => {
  const limit = new SlotLimit({ capacity: 512 });
  expect(limit.value).toBe(64);
  inTime(limit, 64);
  expect(limit.value).toBe(128);
  inTime(limit, 1_000);
  expect(limit.value).toBe(512);
});

test("a limit that nobody reaches stays", () => {
  const limit = new SlotLimit({ capacity: 512 });
  inTime(limit, 100, 10);
  expect(limit.value).toBe(64);
});

test("a small capacity is the limit", () => {
  const limit = new SlotLimit({ capacity: 6 });
  expect(limit.value).toBe(6);
  limit.observe(5_000, { beganAt: 0, now: 5_000, used: 6 });
  expect(limit.value).toBe(6);
});

test("a late execution lowers it, those begun before the lowering do not again, and a later one does", () => {
  const limit = new SlotLimit({ capacity: 512 });
  limit.observe(2_000, { beganAt: 0, now: 2_000, used: 64 });
  expect(limit.value).toBe(44);
  limit.observe(3_000, { beganAt: 10, now: 3_010, used: 64 });
  expect(limit.value).toBe(44);
  limit.observe(1_500, { beganAt: 2_001, now: 3_501, used: 44 });
  expect(limit.value).toBe(31);
});

test("it is never lowered below its floor, and grows slowly afterwards", () => {
  const limit = new SlotLimit({ capacity: 512 });
  for (let now = 10_000; now < 200_000; now += 10_000)
    limit.observe(5_000, { beganAt: now - 5_000, now, used: 64 });
  expect(limit.value).toBe(16);
  inTime(limit, 16);
  expect(limit.value).toBe(17);
});
