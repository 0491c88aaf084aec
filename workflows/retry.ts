import { type RetryPolicy, retryDelayMs } from "#contract/plan.ts";
import type { StepFailed } from "./step-failed.ts";

/** Tries that a step has when the fault is the engine's (a cell that crashed, a worker gone), whatever its policy. */
const ENGINE_FAULT_TRIES = 3;

/** All tries that a step has within the flow's attempt, in the light of its last failure. */
export function triesAllowed(policy: RetryPolicy, failure: StepFailed): number {
  if (!failure.retryable) return 0;
  const isOurs = failure.code.startsWith("engine/");
  return isOurs ? Math.max(policy.maxAttempts, ENGINE_FAULT_TRIES) : policy.maxAttempts;
}

export function mayRetryFlow(policy: RetryPolicy, attempt: number, failure: StepFailed): boolean {
  return failure.retryable && attempt < policy.maxAttempts;
}

/** The policy's delay after `failed` tries, or what the upstream asked for by `Retry-After`, within the policy's bound. */
export function delayBefore(policy: RetryPolicy, failed: number, retryAfterMs: number | undefined): number {
  return Math.min(Math.max(retryDelayMs(policy, failed), retryAfterMs ?? 0), policy.maxDelayMs);
}

/** Whatever wakes at the same time would also arrive at the same time: long waits are stretched by up to a tenth. */
export function withJitter(delayMs: number, random: () => number): number {
  return delayMs < JITTER_FROM_MS ? delayMs : Math.round(delayMs * (1 + random() / 10));
}
const JITTER_FROM_MS = 30_000;

/** "retry 2/5 of post after HTTP 503" */
export function stepRetrySummary(allowed: number, failure: StepFailed): string {
  return `retry ${failure.stepAttempt + 1}/${allowed} of ${failure.path} after ${reasonOf(failure)}`;
}

/** "retry 2/3 of the flow: post failed, HTTP 503" */
export function flowRetrySummary(policy: RetryPolicy, attempt: number, failure: StepFailed): string {
  return `retry ${attempt + 1}/${policy.maxAttempts} of the flow: ${failure.path} failed, ${reasonOf(failure)}`;
}

export function reasonOf(failure: StepFailed): string {
  return failure.httpStatus === undefined ? failure.code : `HTTP ${failure.httpStatus}`;
}
