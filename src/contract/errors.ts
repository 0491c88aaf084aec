/**
 * One table of error codes. `request/*` is the caller's to mend, `step/*` the integration author's,
 * `engine/*` ours. `docs/errors.md` has a row for each, checked both ways by a test.
 * `status` is the HTTP status that the API answers with; `retryable` says whether the same call may succeed later.
 */
export const ERROR_CODES = {
  "request/invalid": { status: 400, retryable: false },
  "request/unauthenticated": { status: 401, retryable: false },
  "request/forbidden": { status: 403, retryable: false },
  "request/not-found": { status: 404, retryable: false },
  "request/method-not-allowed": { status: 405, retryable: false },
  "request/timeout": { status: 408, retryable: true },
  "request/conflict": { status: 409, retryable: false },
  "request/gone": { status: 410, retryable: false },
  "request/precondition-failed": { status: 412, retryable: false },
  "request/payload-too-large": { status: 413, retryable: false },
  "request/unsupported-media-type": { status: 415, retryable: false },
  "request/unprocessable": { status: 422, retryable: false },
  "request/headers-too-large": { status: 431, retryable: false },
  "request/rate-limited": { status: 429, retryable: true },
  "request/instance-incomplete": { status: 409, retryable: false },
  "request/approval-required": { status: 409, retryable: false },
  "request/definition-refused": { status: 422, retryable: false },
  "request/payload-expired": { status: 410, retryable: false },
  "request/paused": { status: 503, retryable: true },
  "step/threw": { status: 500, retryable: true },
  "step/fatal": { status: 500, retryable: false },
  "step/not-capable": { status: 500, retryable: false },
  "step/timed-out": { status: 500, retryable: true },
  "step/cpu-exceeded": { status: 500, retryable: true },
  "step/out-of-memory": { status: 500, retryable: true },
  "step/output-too-large": { status: 500, retryable: false },
  "step/state-conflict": { status: 500, retryable: true },
  "step/state-full": { status: 500, retryable: false },
  "step/config-failed": { status: 424, retryable: true },
  "step/no-reply": { status: 502, retryable: false },
  "step/cancelled": { status: 500, retryable: false },
  "engine/crashed": { status: 500, retryable: true },
  "engine/poison": { status: 500, retryable: false },
  "engine/lost": { status: 500, retryable: false },
  "engine/terminated": { status: 500, retryable: false },
  "engine/unavailable": { status: 503, retryable: true },
  "engine/overloaded": { status: 503, retryable: true },
  "engine/internal": { status: 500, retryable: false },
  "engine/config": { status: 500, retryable: false },
  "engine/start": { status: 500, retryable: false },
} as const satisfies Record<string, { status: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface EngineErrorOptions {
  cause?: unknown;
  /** Overrides the table where a single case knows better. */
  retryable?: boolean;
  /** The input field at fault, as a JSON pointer or a variable's name. */
  field?: string;
  /** Everything that is wrong, where it is more than one thing. */
  problems?: readonly FieldProblem[];
  retryAfterMs?: number;
}

/** One thing that is wrong or missing, by the field's JSON pointer or the variable's name. */
export interface FieldProblem {
  field: string;
  message: string;
}

/**
 * The one error class of Millrace. A message says what happened, to which id, and what to do.
 * Across isolates, threads, processes and workflows compare `code`, never `instanceof`.
 */
export class EngineError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly field: string | undefined;
  readonly problems: readonly FieldProblem[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: EngineErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "EngineError";
    this.code = code;
    this.retryable = options.retryable ?? ERROR_CODES[code].retryable;
    this.field = options.field ?? options.problems?.[0]?.field;
    this.problems = options.problems;
    this.retryAfterMs = options.retryAfterMs;
  }
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === "string" && Object.hasOwn(ERROR_CODES, value);
}

/** The code of anything thrown: its own where it has one of ours, else `engine/internal`. */
export function codeOf(error: unknown): ErrorCode {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return isErrorCode(code) ? code : "engine/internal";
}
