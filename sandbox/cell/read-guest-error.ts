import type { SandboxError } from "#contract/sandbox.ts";

/** The few strings and numbers of an error that the guest has written: nothing nested goes on to the other thread. */
export function readGuestError(claimed: unknown): SandboxError | undefined {
  if (typeof claimed !== "object" || claimed === null) return undefined;
  const { name, message, stack, retryable, retryAfterMs, httpStatus } = claimed as Record<string, unknown>; // checked below
  const error: SandboxError = {
    name: typeof name === "string" ? name : "Error",
    message: typeof message === "string" ? message : "",
  };
  if (typeof stack === "string") error.stack = stack;
  if (typeof retryable === "boolean") error.retryable = retryable;
  if (typeof retryAfterMs === "number") error.retryAfterMs = retryAfterMs;
  if (typeof httpStatus === "number") error.httpStatus = httpStatus;
  return error;
}
