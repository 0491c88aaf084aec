import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateRawSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
} from "node:zlib";

/** Coding of whole bodies, in the burst of the step that asked: its CPU is the step's. */
type Codec = (
  bytes: Uint8Array,
  options: { maxOutputLength: number; rejectGarbageAfterEnd?: boolean },
) => Buffer;

/** What a bomb may come to. Base64 of it still fits into one answer. */
const MOST_BYTES = 16 * 1024 * 1024;

const COMPRESS: Record<string, Codec> = {
  deflate: deflateSync,
  "deflate-raw": deflateRawSync,
  gzip: gzipSync,
  brotli: brotliCompressSync,
};
const DECOMPRESS: Record<string, Codec> = {
  deflate: inflateSync,
  "deflate-raw": inflateRawSync,
  gzip: gunzipSync,
  brotli: brotliDecompressSync,
};

export function compress(payload: string): string {
  return code(COMPRESS, payload);
}

export function decompress(payload: string): string {
  return code(DECOMPRESS, payload);
}

function code(codecs: Record<string, Codec>, payload: string): string {
  const end = payload.indexOf(" ");
  const format = payload.slice(0, end);
  const codec = Object.hasOwn(codecs, format) ? codecs[format] : undefined;
  if (codec === undefined) return "";
  try {
    const bytes = Buffer.from(payload.slice(end + 1), "base64");
    const coded = codec(bytes, { maxOutputLength: MOST_BYTES, rejectGarbageAfterEnd: true });
    return `+${coded.toString("base64")}`;
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    return isTooLarge
      ? `The data comes to more than ${MOST_BYTES} bytes`
      : "The compressed data is not valid";
  }
}
