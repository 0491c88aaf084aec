import { expect, test } from "vitest";
import { firstDifference } from "#contract/first-difference.ts";

test.each([
  [{ a: [1, { b: null }] }, { a: [1, { b: null }] }, undefined],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
  [{ a: [1, { b: "x" }] }, { a: [1, { b: "y" }] }, "a[1].b"],
  [{ a: 1 }, { a: 1, b: 2 }, "b"],
  [{ a: [1, 2] }, { a: [1] }, "a[1]"],
  [{ a: {} }, { a: [] }, "a"],
  [1, null, ""],
])("%j and %j differ in %s", (one, other, path) => {
  expect(firstDifference(one, other)).toBe(path);
});
