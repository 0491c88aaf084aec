/**
 * Thrown by a step to say that trying again may help. The step's retry policy decides how often; `after` is the
 * least delay before the next try, in milliseconds. Any other error follows the policy too: this one adds the delay.
 * The engine knows both classes by name and reads their properties, for they cross an isolate as text.
 */
export class RetryableError extends Error {
  override readonly name = "RetryableError";
  readonly after: number | undefined;
  /** Status of the response that the error speaks of. */
  readonly status: number | undefined;

  constructor(message: string, options: { after?: number; status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.after = options.after;
    this.status = options.status;
  }
}

/** Thrown by a step to say that trying again is useless: neither the step nor the flow is retried. */
export class FatalError extends Error {
  override readonly name = "FatalError";
  /** Status of the response that the error speaks of. */
  readonly status: number | undefined;

  constructor(message: string, options: { status?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
  }
}
