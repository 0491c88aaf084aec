import { promisify } from "node:util";
import { constants, zstdCompress, zstdDecompress } from "node:zlib";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "./connect.ts";

/** What an execution was given, exactly as it was sent, but for masked secrets in headers. */
export interface Payload {
  method: string;
  /** What followed the token in the URL: empty, or with a leading slash. */
  path: string;
  /** Without the question mark. */
  query: string;
  headers: [name: string, value: string][];
  /** As sent: `Content-Encoding`, if any, is still on (`#contract/content-encoding.ts` takes it off). */
  body: Buffer;
}

/** A body as `payloads` keeps it. */
export interface StoredBody {
  /** 0 as is, 1 zstd. */
  encoding: 0 | 1;
  bytes: Buffer;
}

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);
/** Below it compressing costs more than writing. */
const COMPRESS_FROM_BYTES = 16 * 1024;
const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses what is worth it, off the main thread. */
export async function encodeBody(body: Buffer): Promise<StoredBody> {
  if (body.length < COMPRESS_FROM_BYTES) return { encoding: 0, bytes: body };
  const bytes = await compress(body, LEVEL);
  return bytes.length < body.length ? { encoding: 1, bytes } : { encoding: 0, bytes: body };
}

async function decodeBody(encoding: number, bytes: Buffer): Promise<Buffer> {
  switch (encoding) {
    case 0:
      return bytes;
    case 1:
      return decompress(bytes, { maxOutputLength: LIMITS.payloadBytes });
    default:
      throw new EngineError("engine/internal", `A payload has the unknown encoding ${encoding}`);
  }
}

/** Undefined once retention has taken it. */
export async function findPayload(db: Db, executionId: string): Promise<Payload | undefined> {
  const row = await db
    .selectFrom("payloads")
    .select(["method", "path", "query", "headers", "encoding", "body"])
    .where("execution_id", "=", executionId)
    .executeTakeFirst();
  return row === undefined ? undefined : decodePayload(row);
}

/** A row of `payloads`, but for whose it is. */
export interface StoredPayload extends Pick<Payload, "method" | "path" | "query"> {
  /** JSON text of `[name, value][]`. */
  headers: string;
  encoding: number;
  body: Buffer;
}

export async function decodePayload(stored: StoredPayload): Promise<Payload> {
  const { encoding, headers, body, method, path, query } = stored;
  return {
    method,
    path,
    query,
    // Written by us alone, as pairs of strings.
    headers: JSON.parse(headers) as Payload["headers"],
    body: await decodeBody(encoding, body),
  };
}
