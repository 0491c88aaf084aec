import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import { codeOf, EngineError, ERROR_CODES, type ErrorCode, type FieldProblem } from "#contract/errors.ts";
import { isUnavailable } from "#db/is-unavailable.ts";
import type { AppEnv } from "./app-env.ts";

/** RFC 9457, with a stable `code` (docs/errors.md) to branch on and the request's id to look for in the log. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ErrorCode;
  /** The input field at fault, as a JSON pointer or a variable's name. */
  field?: string;
  /** Every field at fault, where there are several. */
  problems?: readonly FieldProblem[];
  requestId?: string;
}

const DEFAULT_RETRY_AFTER_MS = 1_000;

/** Titles are the same for every occurrence of a code, as RFC 9457 asks. */
const TITLES: Partial<Record<ErrorCode, string>> = {
  "request/invalid": "The request is not valid",
  "request/unauthenticated": "Authentication is missing or wrong",
  "request/forbidden": "Not allowed",
  "request/not-found": "Not found",
  "request/method-not-allowed": "Method not allowed",
  "request/timeout": "The request took too long to arrive",
  "request/conflict": "In conflict with what is stored",
  "request/gone": "Removed for good",
  "request/precondition-failed": "Changed meanwhile",
  "request/payload-too-large": "The body is too large",
  "request/unsupported-media-type": "The body's format is not supported",
  "request/unprocessable": "The request cannot be processed",
  "request/headers-too-large": "The headers are too large",
  "request/rate-limited": "Too many requests",
  "request/instance-incomplete": "The instance is not configured completely",
  "request/approval-required": "An approval is needed",
  "request/definition-refused": "The integration's definition was refused",
  "request/payload-expired": "The payload is no longer kept",
  "request/paused": "Paused",
  "step/config-failed": "A function of the integration failed",
  "step/no-reply": "The flow did not answer",
  "engine/unavailable": "Not available now",
  "engine/overloaded": "Overloaded",
};

/** Hono and its middleware speak in statuses. */
const CODE_OF_STATUS: Record<number, ErrorCode> = {
  400: "request/invalid",
  401: "request/unauthenticated",
  403: "request/forbidden",
  404: "request/not-found",
  405: "request/method-not-allowed",
  408: "request/timeout",
  409: "request/conflict",
  413: "request/payload-too-large",
  415: "request/unsupported-media-type",
  422: "request/unprocessable",
  429: "request/rate-limited",
};

/** As Hono's validator calls a body that does not parse. */
const HONO_MALFORMED_JSON = "Malformed JSON in request body";

export function malformedJson(cause: unknown): EngineError {
  return new EngineError(
    "request/invalid",
    "the body must be well-formed JSON: check its quotes, commas and braces",
    { field: "/", cause },
  );
}

/** Anything thrown as an error of ours. What we did not foresee is told to the log alone. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  if (error instanceof HTTPException) {
    if (error.message === HONO_MALFORMED_JSON) return malformedJson(error);
    const code = CODE_OF_STATUS[error.status];
    if (code !== undefined) return new EngineError(code, error.message, { cause: error });
  }
  if (isUnavailable(error)) {
    return new EngineError("engine/unavailable", "The database cannot be reached; try again", {
      cause: error,
    });
  }
  return new EngineError(codeOf(error), "An unexpected error; the log has more under the request id", {
    cause: error,
  });
}

export function problemOf(error: EngineError, requestId?: string): Problem {
  return {
    type: `urn:millrace:error:${error.code}`,
    title: TITLES[error.code] ?? "Internal error",
    status: ERROR_CODES[error.code].status,
    detail: error.message,
    code: error.code,
    ...(error.field !== undefined && { field: error.field }),
    ...(error.problems !== undefined && { problems: error.problems }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** The one place where an error becomes an answer. */
export function problemResponse(error: EngineError, requestId?: string): Response {
  const problem = problemOf(error, requestId);
  const headers: Record<string, string> = { "content-type": "application/problem+json" };
  if (problem.status === 503 || problem.status === 429 || error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000));
  }
  if (requestId !== undefined) headers["x-request-id"] = requestId;
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** For `app.onError`: logs what is ours to mend, and answers. */
export function createErrorHandler(log: Logger) {
  return (thrown: unknown, context: Context<AppEnv>): Response => {
    const error = toEngineError(thrown);
    const requestId = context.get("requestId");
    if (ERROR_CODES[error.code].status >= 500) {
      log.error({ err: thrown, code: error.code, requestId, method: context.req.method }, "a request failed");
    }
    return problemResponse(error, requestId);
  };
}
