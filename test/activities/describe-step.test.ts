import { expect, test } from "vitest";
import { failureMessage, failureStack, previewOf, summarize } from "#activities/describe-step.ts";
import { LIMITS } from "#contract/limits.ts";
import type { StoredStep } from "#db/step-results.ts";
import { createScrubber } from "#vault/create-scrubber.ts";

function stepWith(rest: Partial<StoredStep>): StoredStep {
  return {
    executionId: "e",
    path: "post",
    generation: 1,
    attempt: 1,
    stepAttempt: 1,
    seq: 1,
    outcome: "ok",
    output: "null",
    error: undefined,
    fetches: undefined,
    runMs: 411.6,
    ...rest,
  };
}

test.each([
  ["[1,2,3]", "3 entries, 412 ms"],
  ["[1]", "1 entry, 412 ms"],
  ['{"a":1,"b":2}', "2 fields, 412 ms"],
  ['"word"', "4 characters, 412 ms"],
  ["17", "number, 412 ms"],
  ["null", "no output, 412 ms"],
  [`"${"x".repeat(100_000)}"`, "98 kB, 412 ms"],
])("the summary of %.20s says %s", (output, summary) => {
  expect(summarize(stepWith({ output }))).toBe(summary);
});

test("the summary opens with the last response", () => {
  const last = { method: "POST", host: "ledger.example", status: 201 };
  expect(summarize(stepWith({ output: "[1,2,3]", fetches: { count: 2, last } }))).toBe(
    "201 from ledger.example, 3 entries, 412 ms",
  );
});

test("a preview is at most its limit in bytes, whole characters, and says that it is cut", () => {
  const preview = previewOf(JSON.stringify("ü".repeat(2_000)), (text) => text) ?? "";
  expect(Buffer.byteLength(preview)).toBeLessThanOrEqual(LIMITS.previewBytes);
  expect(preview).toMatch(/^"ü+…$/);
});

test("a preview holds no part of a secret, also where it is cut", () => {
  const secret = "s3cr3t-of-acme-4711";
  const output = JSON.stringify("x".repeat(LIMITS.previewBytes - 12) + secret);
  expect(previewOf(output, createScrubber([secret]))).not.toContain("s3cr3t");
});

const error = {
  code: "step/threw",
  name: "TypeError",
  message: "order 4711 of Jane",
  retryable: true,
  stack: "TypeError: order 4711 of Jane\n    at post (orders.ts:3:1)",
} as const;

test("a failure's words hold no data where previews may not", () => {
  const failed = stepWith({ outcome: "threw", error });
  expect(failureMessage(failed, true)).toBe("order 4711 of Jane");
  expect(failureMessage(failed, false)).toBe("TypeError; its message is kept with the execution in Millrace");
  const odd = stepWith({ outcome: "threw", error: { ...error, name: "order 4711" } });
  expect(failureMessage(odd, false)).not.toContain("4711");
});

test("a failure's stack is its frames, and none where previews may not", () => {
  const failed = stepWith({ outcome: "threw", error });
  expect(failureStack(failed, true)).toBe("    at post (orders.ts:3:1)");
  expect(failureStack(failed, false)).toBe("");
});
