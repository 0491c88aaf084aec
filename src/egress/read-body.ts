import { promisify } from "node:util";
import {
  brotliDecompress,
  constants,
  gunzip,
  inflate,
  inflateRaw,
  type InputType,
  type ZlibOptions,
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
const zstd = promisify<InputType, { maxOutputLength: number }, Buffer>(zstdDecompress);

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

/**
 * A response's body, decoded. Neither what arrives nor what it unpacks to may be larger than `limitBytes`: a body
 * that passes it is cut off there, and its connection with it.
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  contentEncoding: string,
  limitBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop destroys the stream, and so the connection.
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limitBytes) throw tooLarge(limitBytes);
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks, length), contentEncoding, limitBytes);
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
    decoded = await decoder(decoded, { maxOutputLength: limitBytes }).catch((error: unknown) => {
      throw isTooLarge(error)
        ? tooLarge(limitBytes)
        : failure("the response's compression is corrupt", error);
    });
  }
  return decoded;
}

function tooLarge(limitBytes: number) {
  return failure(`the response is larger than ${limitBytes} bytes`);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
