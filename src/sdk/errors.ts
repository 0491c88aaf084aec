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

/**
 * Thrown by `trigger.body.json()` and its like for a body that is not what it was read as. Left alone it fails the
 * execution at once, for no try would read it differently; caught, it is the step's to answer.
 */
export class BodyError extends Error {
  override readonly name = "BodyError";
  /** As what it was read. */
  readonly format: "json" | "form" | "multipart" | "xml";

  constructor(format: BodyError["format"], message: string) {
    super(message);
    this.format = format;
  }

  /** By name: the body is read by the isolate's runtime, which has a class of its own. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && "name" in value && value.name === "BodyError";
  }
}
