import { expect, test } from "vitest";
import { findFinished, outputsBefore } from "#activities/stored-steps.ts";
import type { StoredStep } from "#db/step-results.ts";

function stored(path: string, seq: number, rest: Partial<StoredStep> = {}): StoredStep {
  return {
    executionId: "e",
    path,
    generation: 1,
    attempt: 1,
    stepAttempt: 1,
    seq,
    outcome: "ok",
    output: `"${path}@${seq}"`,
    error: undefined,
    fetches: undefined,
    runMs: 1,
    ...rest,
  };
}

const key = (path: string, rest = {}) => ({
  executionId: "e",
  path,
  generation: 1,
  attempt: 1,
  stepAttempt: 1,
  ...rest,
});

test("a step sees the outputs before it, in the order of their writes", () => {
  const steps = [stored("b", 2), stored("a", 1), stored("c", 3)];
  expect([...outputsBefore(steps, { generation: 1, seq: 3, since: 0 })]).toEqual([
    ["a", '"a@1"'],
    ["b", '"b@2"'],
  ]);
});

test("failed tries have no output to see", () => {
  const failed = stored("a", 1, { outcome: "threw", output: undefined });
  expect(outputsBefore([failed], { generation: 1, seq: 2, since: 0 }).size).toBe(0);
});

test("a retry from the start forgets the outputs before it, but not those that a resume kept", () => {
  const steps = [stored("kept", 0, { outcome: "kept" }), stored("a", 1)];
  const seen = outputsBefore(steps, { generation: 1, seq: 6, since: 5 });
  expect([...seen.keys()]).toEqual(["kept"]);
});

test("a reset sees the earlier generation's outputs up to where it took over, and not what came after", () => {
  const steps = [
    stored("a", 1),
    stored("b", 2),
    stored("c", 3),
    stored("b", 2, { generation: 2, output: '"new"' }),
  ];
  const seen = outputsBefore(steps, { generation: 2, seq: 9, since: 0 });
  expect([...seen]).toEqual([
    ["a", '"a@1"'],
    ["b", '"new"'],
  ]);
});

test("a step that is done is found by whatever try asks", () => {
  const steps = [stored("a", 1, { stepAttempt: 2 })];
  expect(findFinished(steps, { key: key("a", { stepAttempt: 3 }), since: 0 })).toBe(steps[0]);
  expect(findFinished(steps, { key: key("b"), since: 0 })).toBeUndefined();
});

test("a step that was done in an earlier generation, or before a retry from the start, is not done", () => {
  const steps = [stored("a", 1)];
  expect(findFinished(steps, { key: key("a", { generation: 2 }), since: 0 })).toBeUndefined();
  expect(findFinished(steps, { key: key("a", { attempt: 2 }), since: 4 })).toBeUndefined();
});

test("a failed try is found by the same try alone, and one that was cancelled by none", () => {
  const failed = stored("a", 1, { outcome: "threw", output: undefined });
  expect(findFinished([failed], { key: key("a"), since: 0 })).toBe(failed);
  expect(findFinished([failed], { key: key("a", { stepAttempt: 2 }), since: 0 })).toBeUndefined();
  const cancelled = stored("a", 1, { outcome: "cancelled", output: undefined });
  expect(findFinished([cancelled], { key: key("a"), since: 0 })).toBeUndefined();
});
