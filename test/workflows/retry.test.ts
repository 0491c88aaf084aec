import { expect, test } from "vitest";
import { retry } from "../support/retry-policy.ts";
import {
  delayBefore,
  flowRetrySummary,
  mayRetryFlow,
  stepRetrySummary,
  triesAllowed,
  withJitter,
} from "#workflows/retry.ts";
import { StepFailed } from "#workflows/step-failed.ts";

function failed(rest: Partial<ConstructorParameters<typeof StepFailed>[0]> = {}): StepFailed {
  return new StepFailed({
    code: "step/threw",
    message: "m",
    path: "post",
    stepAttempt: 1,
    retryable: true,
    ...rest,
  });
}

test("a delay grows as the policy says, and never past its bound", () => {
  const policy = retry({ delayMs: 1_000, backoff: "exponential", maxDelayMs: 5_000 });
  expect([1, 2, 3, 4].map((tries) => delayBefore(policy, tries, undefined))).toEqual([
    1_000, 2_000, 4_000, 5_000,
  ]);
});

test("an upstream may ask for more than the policy's delay, not for less, and not past its bound", () => {
  const policy = retry({ delayMs: 1_000, maxDelayMs: 5_000 });
  expect(delayBefore(policy, 1, 3_000)).toBe(3_000);
  expect(delayBefore(policy, 1, 10)).toBe(1_000);
  expect(delayBefore(policy, 1, 86_400_000)).toBe(5_000);
});

test("a fault of the engine is tried again whatever the policy, one of the step only as it says", () => {
  const once = retry({ maxAttempts: 1 });
  expect(triesAllowed(once, failed())).toBe(1);
  expect(triesAllowed(once, failed({ code: "engine/unavailable" }))).toBe(3);
  expect(triesAllowed(retry({ maxAttempts: 9 }), failed({ code: "engine/crashed" }))).toBe(9);
  expect(triesAllowed(retry({ maxAttempts: 9 }), failed({ code: "step/fatal", retryable: false }))).toBe(0);
});

test("a flow is tried again while it has attempts, and not after what is final", () => {
  const policy = retry({ maxAttempts: 2 });
  expect(mayRetryFlow(policy, 1, failed())).toBe(true);
  expect(mayRetryFlow(policy, 2, failed())).toBe(false);
  expect(mayRetryFlow(policy, 1, failed({ retryable: false }))).toBe(false);
});

test("waits are named by the next try and the reason", () => {
  const failure = failed({ httpStatus: 503 });
  expect(stepRetrySummary(5, failure)).toBe("retry 2/5 of post after HTTP 503");
  expect(flowRetrySummary(retry({ maxAttempts: 3 }), 1, failure)).toBe(
    "retry 2/3 of the flow: post failed, HTTP 503",
  );
  expect(stepRetrySummary(5, failed())).toBe("retry 2/5 of post after step/threw");
});

test("only long waits are stretched, by a tenth at most", () => {
  expect(withJitter(1_000, () => 1)).toBe(1_000);
  expect(withJitter(100_000, () => 1)).toBe(110_000);
  expect(withJitter(100_000, () => 0)).toBe(100_000);
});
