import { expect, test } from "vitest";
import { standingOf } from "#activities/run-identity.ts";

const [FIRST, SECOND, THIRD] = [
  "01a20e85-0000-7000-8000-000000000001",
  "01a20e85-0000-7000-8000-000000000002",
  "01a20e85-0000-7000-8000-000000000003",
] as const;
const token = { startToken: "t" };

test("the first run of an execution is current before and after its id is known", () => {
  const run = { ...token, runId: FIRST, originalRunId: FIRST };
  expect(standingOf(undefined, run)).toEqual({ type: "current" });
  expect(standingOf(FIRST, run)).toEqual({ type: "current" });
});

test("a run that continues the known one is current", () => {
  const run = { ...token, runId: SECOND, originalRunId: SECOND, continuedFromRunId: FIRST };
  expect(standingOf(FIRST, run)).toEqual({ type: "current" });
});

test("a run that continues another one than the known is foreign", () => {
  const run = { ...token, runId: THIRD, originalRunId: THIRD, continuedFromRunId: SECOND };
  expect(standingOf(FIRST, run)).toEqual({ type: "foreign" });
});

test("a workflow started again under its id is foreign", () => {
  expect(standingOf(FIRST, { ...token, runId: SECOND, originalRunId: SECOND })).toEqual({ type: "foreign" });
});

test("a reset run opens a generation, also one of a continued run and one of a reset", () => {
  expect(standingOf(FIRST, { ...token, runId: SECOND, originalRunId: FIRST })).toEqual({ type: "reset" });
  expect(
    standingOf(SECOND, { ...token, runId: THIRD, originalRunId: SECOND, continuedFromRunId: FIRST }),
  ).toEqual({ type: "reset" });
  expect(standingOf(SECOND, { ...token, runId: THIRD, originalRunId: FIRST })).toEqual({ type: "reset" });
});

test("an older reset's late write does not take over from a newer one", () => {
  expect(standingOf(THIRD, { ...token, runId: SECOND, originalRunId: FIRST })).toEqual({ type: "foreign" });
});

test("the first run's late write after a reset is foreign", () => {
  expect(standingOf(SECOND, { ...token, runId: FIRST, originalRunId: FIRST })).toEqual({ type: "foreign" });
});
