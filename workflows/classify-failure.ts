import { ActivityFailure, ApplicationFailure, CancelledFailure, TimeoutFailure } from "@temporalio/workflow";
import { isErrorCode } from "#contract/errors.ts";
import type { StepFailureDetails } from "#contract/run-flow.ts";
import { StepFailed } from "./step-failed.ts";

/**
 * What a step's activity rejected with, as a failure of the step; undefined for what is none (a bug of ours).
 * Local activities reject with the bare failure, regular ones with an ActivityFailure around it.
 * `lastAttempt` is the last try that may have run, where the failure does not say.
 */
export function classifyFailure(
  error: unknown,
  step: { path: string; lastAttempt: number },
): StepFailed | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return failureOfApplication(cause, step);
  if (cause instanceof TimeoutFailure)
    return unavailable(
      step,
      "The worker that ran it stopped answering, or was kept from committing its result",
    );
  // The caller has seen to a cancelled flow: what is left was cancelled by a worker that shut down.
  if (cause instanceof CancelledFailure) return unavailable(step, "The worker that ran it was shut down");
  return undefined;
}

function failureOfApplication(
  cause: ApplicationFailure,
  step: { path: string; lastAttempt: number },
): StepFailed {
  const details = cause.details?.[0] as StepFailureDetails | undefined; // written by our own activity
  return new StepFailed({
    code: isErrorCode(cause.type) ? cause.type : "engine/internal",
    message: cause.message,
    path: step.path,
    stepAttempt: details?.stepAttempt ?? step.lastAttempt,
    retryable: details?.retryable ?? !(cause.nonRetryable ?? false),
    retryAfterMs: details?.retryAfterMs,
    httpStatus: details?.httpStatus,
  });
}

function unavailable(step: { path: string; lastAttempt: number }, message: string): StepFailed {
  return new StepFailed({
    code: "engine/unavailable",
    message,
    path: step.path,
    stepAttempt: step.lastAttempt,
    retryable: true,
  });
}
