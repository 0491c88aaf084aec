import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { EngineError } from "#contract/errors.ts";

export interface ReadBodyOptions {
  headers: IncomingHttpHeaders;
  limitBytes: number;
  /** From now until the last byte. */
  deadlineMs: number;
  /** Called with each chunk's length before it is kept; what it throws ends the reading. */
  take(bytes: number): void;
}

const EMPTY = Buffer.alloc(0);

/**
 * The whole body. Where it rejects, the rest is left unread: the server answers, drains for a moment and closes.
 *
 * @throws EngineError `request/payload-too-large` before the first byte where Content-Length says so, else at the
 *   limit; `request/timeout` for a slow sender; `request/invalid` for one that left
 */
export function readBody(stream: Readable, options: ReadBodyOptions): Promise<Buffer> {
  const { headers, limitBytes } = options;
  const declared = headers["content-length"] === undefined ? undefined : Number(headers["content-length"]);
  if (declared !== undefined && declared > limitBytes) return Promise.reject(tooLarge(limitBytes));
  // Neither length nor chunks: HTTP has no body then.
  if (declared === 0 || (declared === undefined && headers["transfer-encoding"] === undefined)) {
    return Promise.resolve(EMPTY);
  }
  return collect(stream, options);
}

function collect(stream: Readable, { limitBytes, deadlineMs, take }: ReadBodyOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (result: Buffer | Error) => {
      clearTimeout(deadline);
      stream.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      if (result instanceof Error) {
        stream.pause();
        reject(result);
      } else resolve(result);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) return settle(tooLarge(limitBytes));
      try {
        take(chunk.length);
      } catch (error) {
        return settle(error instanceof Error ? error : new Error(String(error)));
      }
      chunks.push(chunk);
    };
    const onEnd = () => settle(chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length));
    const onGone = () =>
      settle(new EngineError("request/invalid", "The sender left before the body was complete"));
    const deadline = setTimeout(() => {
      settle(
        new EngineError(
          "request/timeout",
          `The body took longer than ${deadlineMs} ms to arrive; ${length} bytes came`,
        ),
      );
    }, deadlineMs);
    stream.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}

function tooLarge(limitBytes: number): EngineError {
  return new EngineError(
    "request/payload-too-large",
    `The body is larger than ${limitBytes} bytes; send less, or a link to it`,
  );
}
