import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { problemOf } from "./problem.ts";

/**
 * For a server's `clientError`: what Node's parser refuses is a problem document too, where Node itself answers without
 * a body. Nothing is written into an answer that has begun.
 */
export function refuseUnreadable(error: Error, socket: Duplex, hasBegun: boolean): void {
  const code = "code" in error ? error.code : undefined;
  if (hasBegun || !socket.writable || code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const problem = problemOf(refusalOf(code, error));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    "Connection: close",
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

/** By the codes of Node's parser and of its time limits. */
function refusalOf(code: unknown, cause: Error): EngineError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new EngineError(
        "request/headers-too-large",
        `The request's line and headers have more than ${LIMITS.headerBytes} bytes; send less`,
        { cause },
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new EngineError("request/payload-too-large", "The body's chunks have too long extensions", {
        cause,
      });
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new EngineError("request/timeout", "The request took too long to arrive; send it again", {
        cause,
      });
    default:
      return new EngineError("request/invalid", "The request is not well-formed HTTP/1.1; see RFC 9112", {
        cause,
      });
  }
}
