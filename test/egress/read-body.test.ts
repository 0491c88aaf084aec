import {
  brotliCompressSync,
  constants,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { expect, test } from "vitest";
import { readBody } from "#egress/read-body.ts";

const LIMIT_BYTES = 100_000;

/** A response's stream: in chunks, and it says whether it was read to its end. */
async function* streamOf(body: Buffer, ended: { early: boolean } = { early: false }) {
  ended.early = true;
  for (let at = 0; at < body.length; at += 10_000) yield body.subarray(at, at + 10_000);
  ended.early = false;
}

/** At its full quality, packing the bomb takes longer than the test. */
const brotliQuick = (body: Buffer) =>
  brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });

const read = async (body: Buffer, encoding = "") =>
  Buffer.from(
    await readBody(streamOf(body), { contentEncoding: encoding, limitBytes: LIMIT_BYTES }),
  ).toString();

test("a body without a coding is taken as it is, up to the limit", async () => {
  expect(await read(Buffer.from("text"))).toBe("text");
  expect(await read(Buffer.from("text"), "identity")).toBe("text");
  expect(await read(Buffer.alloc(0))).toBe("");
  expect(await read(Buffer.alloc(LIMIT_BYTES))).toHaveLength(LIMIT_BYTES);
});

test("a body above the limit is not read further", async () => {
  const ended = { early: false };
  const body = streamOf(Buffer.alloc(LIMIT_BYTES * 10), ended);
  await expect(readBody(body, { contentEncoding: "", limitBytes: LIMIT_BYTES })).rejects.toThrow(
    "the response is larger than 100000 bytes",
  );
  expect(ended.early).toBe(true);
});

test.each([
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["deflate", deflateRawSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
])("a body in %s is decoded", async (encoding, compress) => {
  expect(await read(compress("text"), encoding)).toBe("text");
  expect(await read(Buffer.alloc(0), encoding)).toBe("");
});

test.each([
  ["gzip", gzipSync],
  ["br", brotliQuick],
  ["deflate", deflateSync],
  ["zstd", zstdCompressSync],
])("a bomb of 50 MB in %s stops at the limit", async (encoding, compress) => {
  const bomb = compress(Buffer.alloc(50_000_000));
  expect(bomb.length).toBeLessThan(LIMIT_BYTES);
  await expect(read(bomb, encoding)).rejects.toThrow("the response is larger than 100000 bytes");
});

test("a bomb within a bomb stops at the limit", async () => {
  const bomb = gzipSync(gzipSync(Buffer.alloc(50_000_000)));
  await expect(read(bomb, "gzip, gzip")).rejects.toThrow("larger than 100000 bytes");
});

test("codings one in another are decoded, the last first", async () => {
  expect(await read(brotliCompressSync(gzipSync("text")), "gzip, br")).toBe("text");
});

test("an unknown coding is left to the author, with what lies within it", async () => {
  expect(await read(gzipSync("raw"), "compress, gzip")).toBe("raw");
  expect(await read(Buffer.from("raw"), "gzip, compress")).toBe("raw");
});

test("a chain of codings is refused", async () => {
  await expect(read(Buffer.from("x"), "gzip, gzip, gzip, gzip")).rejects.toThrow("encoded 4 times");
});

test("what a server cut short is taken as far as it goes; garbage is refused", async () => {
  const whole = gzipSync("text ".repeat(1_000));
  expect(await read(whole.subarray(0, -8), "gzip")).toBe("text ".repeat(1_000));
  await expect(read(Buffer.from("not gzip"), "gzip")).rejects.toThrow("compression is corrupt");
});
