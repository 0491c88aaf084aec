import type { ErrorCode } from "#contract/errors.ts";

/** A step that failed for good within an attempt of the flow. Lives in the workflow only: code, words, policy. */
export class StepFailed extends Error {
  readonly code: ErrorCode;
  readonly path: string;
  readonly stepAttempt: number;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly httpStatus: number | undefined;

  constructor(failure: {
    code: ErrorCode;
    message: string;
    path: string;
    stepAttempt: number;
    retryable: boolean;
    retryAfterMs?: number | undefined;
    httpStatus?: number | undefined;
  }) {
    super(failure.message);
    this.name = "StepFailed";
    this.code = failure.code;
    this.path = failure.path;
    this.stepAttempt = failure.stepAttempt;
    this.retryable = failure.retryable;
    this.retryAfterMs = failure.retryAfterMs;
    this.httpStatus = failure.httpStatus;
  }
}
