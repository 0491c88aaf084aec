import { expect, test } from "vitest";
import { Quarantine } from "#sandbox/host/quarantine.ts";

test("a version that did harm runs alone for ten minutes", () => {
  let nowMs = 0;
  const quarantine = new Quarantine(() => nowMs);
  quarantine.makeExclusive("v");
  expect(quarantine.isExclusive("v")).toBe(true);
  expect(quarantine.isExclusive("other")).toBe(false);
  nowMs = 10 * 60 * 1000;
  expect(quarantine.isExclusive("v")).toBe(false);
});

test("an input is poison after three kills alone", () => {
  const quarantine = new Quarantine(() => 0);
  const answers = [1, 2, 3].map(() => {
    quarantine.countSoloKill("x/post");
    return quarantine.isPoison("x/post");
  });
  expect(answers).toEqual([false, false, true]);
  expect(quarantine.isPoison("y/post")).toBe(false);
});

test("spares are forbidden for a version only", () => {
  const quarantine = new Quarantine(() => 0);
  quarantine.forbidSpares("v");
  expect([quarantine.maySpare("v"), quarantine.maySpare("w")]).toEqual([false, true]);
});
