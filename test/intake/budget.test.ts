import { expect, test } from "vitest";
import { createBudget } from "#intake/budget.ts";

const overloaded = expect.objectContaining({ code: "engine/overloaded" });

test("what was taken is given back, and no more", () => {
  const budget = createBudget({ requests: 2, bytes: 10 });
  const share = budget.enter();
  share.take(6);
  share.take(4);
  expect(() => share.take(1)).toThrow(overloaded);
  expect(budget.bytes).toBe(10);
  share.release();
  expect([budget.requests, budget.bytes]).toEqual([0, 0]);
});

test("beyond the number of requests none enters", () => {
  const budget = createBudget({ requests: 1, bytes: 10 });
  const share = budget.enter();
  expect(() => budget.enter()).toThrow(overloaded);
  share.release();
  expect(() => budget.enter()).not.toThrow();
});
