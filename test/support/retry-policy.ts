import type { RetryPolicy } from "#contract/plan.ts";

export const ONCE: RetryPolicy = { maxAttempts: 1, delayMs: 10, backoff: "fixed", maxDelayMs: 60_000 };

/** A policy of one try, but for what is named. */
export function retry(policy: Partial<RetryPolicy>): RetryPolicy {
  return { ...ONCE, ...policy };
}
