import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { expect, test } from "vitest";
import { decodeContent, parseContentEncoding } from "#contract/content-encoding.ts";
import { LIMITS } from "#contract/limits.ts";

const plain = Buffer.from("hello, hello, hello");
const coders = {
  gzip: gzipSync,
  "x-gzip": gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
};

test.each(Object.entries(coders))("%s is taken off", async (name, encode) => {
  expect(await decodeContent(encode(plain), parseContentEncoding(name.toUpperCase()))).toEqual(plain);
});

test.each(Object.entries(coders))(
  "a bomb of %s stops at the limit, exactly the limit passes",
  async (name, encode) => {
    const codings = parseContentEncoding(name);
    const most = Buffer.alloc(LIMITS.payloadBytes);
    expect((await decodeContent(encode(most), codings)).length).toBe(most.length);
    const bomb = encode(Buffer.alloc(LIMITS.payloadBytes + 1));
    await expect(decodeContent(bomb, codings)).rejects.toMatchObject({ code: "request/payload-too-large" });
  },
);

test("two codings are taken off in turn, the last applied first", async () => {
  const twice = gzipSync(brotliCompressSync(plain));
  expect(await decodeContent(twice, parseContentEncoding("br, gzip"))).toEqual(plain);
});

test("identity and an empty header leave the body alone", () => {
  for (const header of [undefined, "", "identity", " , "]) expect(parseContentEncoding(header)).toEqual([]);
});

test("what is not known, or too often applied, is refused by name", () => {
  for (const header of ["rot13", "gzip, rot13", "gzip, gzip, gzip", "toString", "__proto__"]) {
    expect(() => parseContentEncoding(header), header).toThrow(
      expect.objectContaining({ code: "request/unsupported-media-type", field: "Content-Encoding" }),
    );
  }
});

test("what does not decode is the sender's mistake, also where it is cut short", async () => {
  const codings = parseContentEncoding("gzip");
  for (const body of [plain, gzipSync(plain).subarray(0, 15), Buffer.alloc(0)]) {
    await expect(decodeContent(body, codings)).rejects.toMatchObject({ code: "request/invalid" });
  }
});
