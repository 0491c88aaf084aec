import { EngineError } from "#contract/errors.ts";

/** A request that failed for a reason which the author may read. */
export function failure(message: string, cause?: unknown): EngineError {
  return new EngineError("step/threw", message, cause === undefined ? {} : { cause });
}

const BY_CODE: Record<string, string> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  EPIPE: "the connection was closed",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "the connection timed out",
  UND_ERR_SOCKET: "the connection was closed before the response was complete",
  UND_ERR_HEADERS_OVERFLOW: "the response's headers are too large",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the response's length is not the one that it announced",
};

/** Refused or lost before a byte of the request was sent: another address may be tried. */
const BEFORE_SENDING = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
]);

export function failedBeforeSending(error: unknown): boolean {
  return BEFORE_SENDING.has(errorCode(error) ?? "");
}

/** The failure that an author sees: what happened to `host:port`, without addresses or paths of ours. */
export function failureOf(error: unknown, target: string): EngineError {
  if (error instanceof EngineError) return error;
  const code = errorCode(error) ?? "";
  const isGarbage = error instanceof Error && error.name === "HTTPParserError";
  const words = isGarbage ? "the response is not HTTP" : (BY_CODE[code] ?? tlsWords(code) ?? code);
  return failure(`${target}: ${words === "" ? "the request failed" : words}`, error);
}

function tlsWords(code: string): string | undefined {
  const isTls = /CERT|TLS|SSL|ISSUER|SIGNATURE/.test(code);
  return isTls ? `TLS failed with ${code}` : undefined;
}

function errorCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}
