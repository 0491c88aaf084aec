import { promisify } from "node:util";
import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  inflateRaw,
  type InputType,
  type ZlibOptions,
  type ZstdOptions,
  zstdDecompress,
} from "node:zlib";
import { failure } from "./failure.ts";

type Decode = (bytes: InputType, options: { maxOutputLength: number }) => Promise<Uint8Array>;

// What a server cut short is taken as far as it goes, as browsers do.
const lenient: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH };
const run = {
  gunzip: promisify<InputType, ZlibOptions, Buffer>(gunzip),
  inflate: promisify<InputType, ZlibOptions, Buffer>(inflate),
  inflateRaw: promisify<InputType, ZlibOptions, Buffer>(inflateRaw),
};
const unzip: Decode = (bytes, options) => run.gunzip(bytes, { ...lenient, ...options });
const brotli = promisify<InputType, { maxOutputLength: number; finishFlush: number }, Buffer>(
  brotliDecompress,
);
const zstdPlain = promisify<InputType, ZstdOptions, Buffer>(zstdDecompress);
/** A frame may ask for a window of 128 MB of memory before its first byte; RFC 9659 gives HTTP 8 MB. */
const ZSTD_WINDOW_LOG = 23;
const zstd: Decode = (bytes, options) =>
  zstdPlain(bytes, { params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG }, ...options });

const DECODERS: Record<string, Decode> = {
  gzip: unzip,
  "x-gzip": unzip,
  br: (bytes, options) => brotli(bytes, { finishFlush: constants.BROTLI_OPERATION_FLUSH, ...options }),
  zstd,
  // Servers send two things by this name: with zlib's header, as the standard says, and without.
  deflate: (bytes, options) => {
    const [first = 0] = bytes as Uint8Array; // only ever called with the bytes read below
    return (first & 0x0f) === 8
      ? run.inflate(bytes, { ...lenient, ...options })
      : run.inflateRaw(bytes, { ...lenient, ...options });
  },
};
const ENCODINGS_MAX = 3;
/** Of libuv's four threads: files and names go on, and no more than this is unpacked and not yet counted. */
const DECODERS_AT_ONCE = 2;

export interface ReadBodyOptions {
  contentEncoding: string;
  limitBytes: number;
  /** Both may throw: reading ends there. */
  onReceived?(bytes: number): void;
  /** Told what unpacking added. */
  onDecoded?(bytes: number): void;
}

/**
 * A response's body, decoded. Neither what arrives nor what it unpacks to may be larger than `limitBytes`: a body
 * that passes it is cut off there, and its connection with it.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  { contentEncoding, limitBytes, onReceived, onDecoded }: ReadBodyOptions,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop destroys the stream, and so the connection.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limitBytes) throw tooLarge(limitBytes);
    onReceived?.(chunk.length);
    chunks.push(chunk);
  }
  const received = Buffer.concat(chunks, length);
  const decoded = await decode(received, contentEncoding, limitBytes);
  if (decoded.length > length) onDecoded?.(decoded.length - length);
  return decoded;
}

async function decode(body: Uint8Array, contentEncoding: string, limitBytes: number): Promise<Uint8Array> {
  const encodings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "" && encoding !== "identity");
  if (encodings.length > ENCODINGS_MAX) {
    throw failure(`the response is encoded ${encodings.length} times, at most ${ENCODINGS_MAX} are decoded`);
  }
  const decoders = encodings.map((encoding) => DECODERS[encoding]);
  let decoded = body;
  for (const decoder of decoders.toReversed()) {
    // A coding that we do not know is the author's to decode, with whatever lies within it.
    if (decoder === undefined || decoded.length === 0) return decoded;
    const packed = decoded;
    decoded = await inTurn(() => decoder(packed, { maxOutputLength: limitBytes })).catch((error: unknown) => {
      throw isTooLarge(error)
        ? tooLarge(limitBytes)
        : failure("the response's compression is corrupt", error);
    });
  }
  return decoded;
}

let decoding = 0;
const waiting: (() => void)[] = [];

async function inTurn<Value>(run: () => Promise<Value>): Promise<Value> {
  if (decoding >= DECODERS_AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else decoding += 1;
  try {
    return await run();
  } finally {
    const next = waiting.shift();
    if (next === undefined) decoding -= 1;
    else next();
  }
}

function tooLarge(limitBytes: number) {
  return failure(`the response is larger than ${limitBytes} bytes`);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
