import type { SandboxError } from "#contract/sandbox.ts";

/**
 * Anything can be thrown: a proxy, an object whose getters throw or never return (the burst's limits end those),
 * a symbol, a BigInt. What comes out is always a few bounded strings.
 */
const NAME_CHARACTERS = 200;
const MESSAGE_CHARACTERS = 10_000;
const STACK_CHARACTERS = 20_000;

export function renderError(thrown: unknown): SandboxError {
  if (typeof thrown !== "object" || thrown === null)
    return { name: "Error", message: clip(`Thrown: ${describe(thrown)}`, MESSAGE_CHARACTERS) };
  const error: SandboxError = {
    name: textOf(thrown, "name", NAME_CHARACTERS) ?? "Error",
    message: textOf(thrown, "message", MESSAGE_CHARACTERS) ?? "An object without a message was thrown",
  };
  const stack = textOf(thrown, "stack", STACK_CHARACTERS);
  if (stack !== undefined) error.stack = stack;
  return steerRetry(thrown, error);
}

/** `RetryableError` and `FatalError` of the SDK, known by name: they may come from another copy of it. */
function steerRetry(thrown: object, error: SandboxError): SandboxError {
  if (error.name === "RetryableError") error.retryable = true;
  // A body that cannot be read stays so.
  if (["FatalError", "NotCapable", "BodyError"].includes(error.name)) error.retryable = false;
  const after = numberOf(thrown, "after");
  if (after !== undefined && after >= 0) error.retryAfterMs = Math.round(after);
  const status = numberOf(thrown, "status");
  if (status !== undefined && Number.isInteger(status)) error.httpStatus = status;
  return error;
}

function read(from: object, property: string): unknown {
  try {
    return Reflect.get(from, property);
  } catch {
    return undefined; // a getter that throws says nothing
  }
}

function textOf(from: object, property: string, limit: number): string | undefined {
  const value = read(from, property);
  return typeof value === "string" && value !== "" ? clip(value, limit) : undefined;
}

function numberOf(from: object, property: string): number | undefined {
  const value = read(from, property);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function describe(value: unknown): string {
  try {
    return typeof value === "function" ? "a function" : String(value);
  } catch {
    return typeof value;
  }
}

function clip(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}
