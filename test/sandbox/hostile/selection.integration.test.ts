import { expect, test } from "vitest";
import { CORPUS } from "#sandbox/hostile/corpus.ts";
import { summarize } from "#sandbox/hostile/harness/summary.ts";
import { verify } from "#sandbox/hostile/harness/verify.ts";
import { SELECTION } from "./selection.ts";

test("a selection of every family is contained, while two neighbours go on", async () => {
  const families = CORPUS.map((family) => ({
    ...family,
    programs: family.programs.filter(({ mechanism }) => SELECTION.has(mechanism)),
  }));
  const chosen = families.flatMap(({ programs }) => programs).length;
  expect(chosen).toBe(SELECTION.size);
  const report = await verify({ families, quietMs: 300 });
  expect(report.results.filter(({ reasons }) => reasons.length > 0)).toEqual([]);
  // The neighbour's pace is measured by `sandbox verify`: beside other tests it would say nothing.
  expect(summarize(report).counts).toMatchObject({ unexpected: 0, ESCAPED: 0 });
  expect(report.neighbour.steps).toBeGreaterThan(chosen);
});
