/**
 * Thrown by a step to say that trying again may help. The step's retry policy decides how often; `after` is the
 * least delay before the next try, in milliseconds. Any other error follows the policy too: this one adds the delay.
 */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly retryable = true;
  readonly retryAfterMs: number | undefined;
  /** Status of the response that the error speaks of. */
  readonly httpStatus: number | undefined;

  constructor(message: string, options: { after?: number; status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterMs = options.after;
    this.httpStatus = options.status;
  }
}

/** Thrown by a step to say that trying again is useless: neither the step nor the flow is retried. */
export class FatalError extends Error {
  override readonly name = "FatalError";
  readonly retryable = false;
  /** Status of the response that the error speaks of. */
  readonly httpStatus: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.httpStatus = options.status;
  }
}
