import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { EngineError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/**
 * `Content-Encoding` of webhooks. Bodies are verified and stored as they were sent; they are decoded where a de-duplication
 * key is looked for, and for the step that reads them. Apart from what workflows import: it needs Node's zlib.
 */
const DECODERS = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;
type Coding = keyof typeof DECODERS;

/** More than one or two codings is no honest sender's work. */
const CODINGS_MAX = 2;

/**
 * The codings to take off, the last applied first; empty for a plain body.
 *
 * @throws EngineError `request/unsupported-media-type` for one that is not known
 */
export function parseContentEncoding(header: string | undefined): Coding[] {
  const names = (header ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  if (names.length > CODINGS_MAX || !names.every(isCoding)) {
    throw new EngineError(
      "request/unsupported-media-type",
      `Content-Encoding "${(header ?? "").slice(0, 50)}" is not supported; send gzip, deflate, br, zstd or a plain body`,
      { field: "Content-Encoding" },
    );
  }
  return names.filter(isCoding).toReversed();
}

/**
 * The body without its codings, off the main thread. Stops at `LIMITS.payloadBytes`, whatever the compressed size.
 *
 * @throws EngineError `request/payload-too-large` beyond the limit, `request/invalid` for what does not decode
 */
export async function decodeContent(body: Buffer, codings: readonly Coding[]): Promise<Buffer> {
  let decoded = body;
  for (const coding of codings) {
    try {
      decoded = await DECODERS[coding](decoded, { maxOutputLength: LIMITS.payloadBytes });
    } catch (cause) {
      throw decodingError(coding, cause);
    }
  }
  return decoded;
}

function decodingError(coding: Coding, cause: unknown): EngineError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ERR_BUFFER_TOO_LARGE"
    ? new EngineError(
        "request/payload-too-large",
        `The body is larger than ${LIMITS.payloadBytes} bytes once its ${coding} coding is taken off; send less`,
        { cause },
      )
    : new EngineError("request/invalid", `The body is not valid ${coding}, though Content-Encoding says so`, {
        cause,
        field: "Content-Encoding",
      });
}

function isCoding(name: string): name is Coding {
  return Object.hasOwn(DECODERS, name);
}
