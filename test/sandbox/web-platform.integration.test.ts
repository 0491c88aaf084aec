import { createHash, createHmac } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bundleOf, open, outputOf, patience, runOne, step, useSandbox } from "./guest-program.ts";

const sandbox = useSandbox({ maxCells: 2 });
const run = async (program: string) => outputOf(await runOne(sandbox(), program));

describe("what is not used is not made", () => {
  test("every name of the platform is there, and replaceable", async () => {
    const program = `() => {
      globalThis.fetch = () => "mine";
      return [fetch(), typeof ReadableStream, typeof URLPattern, typeof crypto.subtle.digest, "Blob" in globalThis, typeof WebAssembly];
    }`;
    expect(await run(program)).toEqual(["mine", "function", "function", "function", true, "undefined"]);
  });
});

describe("streams", () => {
  test("pipe, transform and are iterated", async () => {
    const program = `async () => {
      const upper = new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk.toUpperCase()) });
      const seen = []; for await (const chunk of ReadableStream.from(["a", "b"]).pipeThrough(upper)) seen.push(chunk);
      return seen;
    }`;
    expect(await run(program)).toEqual(["A", "B"]);
  });

  test("text is decoded from the pieces of a body", async () => {
    const program = `async () => {
      let text = ""; for await (const piece of new Response("grüße").body.pipeThrough(new TextDecoderStream())) text += piece;
      return text;
    }`;
    expect(await run(program)).toBe("grüße");
  });

  test.each(["gzip", "deflate", "deflate-raw", "brotli"])("%s goes there and back", async (format) => {
    const program = `async () => {
      const packed = new Blob(["x".repeat(10_000)]).stream().pipeThrough(new CompressionStream("${format}"));
      const text = await new Response(packed.pipeThrough(new DecompressionStream("${format}"))).text();
      return text.length;
    }`;
    expect(await run(program)).toBe(10_000);
  });

  test("gzip is what others read", async () => {
    const program = `async () => (await new Response(new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip"))).bytes()).toBase64()`;
    expect(gunzipSync(Buffer.from(String(await run(program)), "base64")).toString()).toBe("hello");
  });

  test("a decompression bomb is refused", async () => {
    const bomb = gzipSync(Buffer.alloc(40_000_000)).toString("base64");
    const program = `async () => {
      const packed = new Blob([Uint8Array.fromBase64("${bomb}")]).stream();
      return new Response(packed.pipeThrough(new DecompressionStream("gzip"))).bytes().then(() => "unpacked", (error) => [error.name, error.message]);
    }`;
    expect(await run(program)).toEqual(["TypeError", expect.stringContaining("comes to more than")]);
  });
});

describe("forms and files", () => {
  test("a form goes into a request and comes out of it", async () => {
    const program = `async () => {
      const form = new FormData(); form.append("a", "é\\nx"); form.append("file", new File(["data"], 'na"me.txt', { type: "text/x" }));
      const request = new Request("https://a.example", { method: "POST", body: form });
      const read = await request.formData(); const file = read.get("file");
      return [request.headers.get("content-type").split(";")[0], read.get("a"), file.name, file.type, await file.text()];
    }`;
    expect(await run(program)).toEqual(["multipart/form-data", "é\r\nx", 'na"me.txt', "text/x", "data"]);
  });

  test("legacy encodings are decoded, and labels that name none are refused", async () => {
    const program = `() => [new TextDecoder("shift_jis").decode(new Uint8Array([0x93, 0xfa])), new TextDecoder("utf-16le").decode(new Uint8Array([0x41, 0])), new TextDecoder("latin1").encoding]`;
    expect(await run(program)).toEqual(["日", "A", "windows-1252"]);
  });
});

describe("crypto.subtle", () => {
  test("digests and signs as Node does", async () => {
    const program = `async () => {
      const bytes = new TextEncoder().encode("payload"); const secret = new TextEncoder().encode("key");
      const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
      const signature = await crypto.subtle.sign("HMAC", key, bytes);
      return [new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex(), new Uint8Array(signature).toHex(), await crypto.subtle.verify("HMAC", key, signature, bytes), key.extractable, key.usages, key.algorithm.hash.name];
    }`;
    expect(await run(program)).toEqual([
      createHash("sha256").update("payload").digest("hex"),
      createHmac("sha256", "key").update("payload").digest("hex"),
      true,
      false,
      ["sign", "verify"],
      "SHA-256",
    ]);
  });

  test.each([
    [`{ name: "ECDSA", namedCurve: "P-256" }`, `{ name: "ECDSA", hash: "SHA-256" }`],
    [`"Ed25519"`, `"Ed25519"`],
    [
      `{ name: "RSA-PSS", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }`,
      `{ name: "RSA-PSS", saltLength: 32 }`,
    ],
  ])("a pair of %s signs, and its public half verifies after an export", async (generate, sign) => {
    const program = `async () => {
      const { privateKey, publicKey } = await crypto.subtle.generateKey(${generate}, false, ["sign", "verify"]);
      const bytes = new Uint8Array([1, 2, 3]); const signature = await crypto.subtle.sign(${sign}, privateKey, bytes);
      const jwk = await crypto.subtle.exportKey("jwk", publicKey);
      const again = await crypto.subtle.importKey("jwk", jwk, ${generate}, true, ["verify"]);
      const refused = await crypto.subtle.exportKey("jwk", privateKey).catch((error) => [error.name, error instanceof DOMException]);
      return [await crypto.subtle.verify(${sign}, again, signature, bytes), await crypto.subtle.verify(${sign}, again, signature, new Uint8Array([9])), refused];
    }`;
    expect(outputOf(await runOne(sandbox(), program, { limits: { cpuMs: 20_000 } }))).toEqual([
      true,
      false,
      ["InvalidAccessError", true],
    ]);
  });

  test("AES-GCM by a key derived with PBKDF2 and one with HKDF", async () => {
    const program = `async () => {
      const base = await crypto.subtle.importKey("raw", new Uint8Array(16), "PBKDF2", false, ["deriveKey"]);
      const key = await crypto.subtle.deriveKey({ name: "PBKDF2", salt: new Uint8Array(8), iterations: 1000, hash: "SHA-256" }, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      const iv = new Uint8Array(12); const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, new Uint8Array([7]));
      const hkdf = await crypto.subtle.importKey("raw", new Uint8Array(16), "HKDF", false, ["deriveBits"]);
      const bits = await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: new Uint8Array() }, hkdf, 128);
      return [[...new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed))], bits.byteLength];
    }`;
    expect(await run(program)).toEqual([[7], 16]);
  });

  test("a key that a module imports is there in its steps, and in each of them", async () => {
    const prologue = `const key = crypto.subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["encrypt"]);`;
    const use = `async () => (await crypto.subtle.encrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, await key, new Uint8Array(4))).byteLength`;
    const session = open(sandbox(), bundleOf(`first: ${use}, second: ${use}`, prologue));
    try {
      expect(outputOf(await session.runStep(step("first"), patience()))).toBe(20);
      expect(outputOf(await session.runStep(step("second"), patience()))).toBe(20);
    } finally {
      session.close();
    }
  });

  test.each([
    [`crypto.subtle.digest("SHA-7", new Uint8Array())`, "NotSupportedError"],
    [
      `crypto.subtle.generateKey({ name: "RSA-PSS", modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, false, ["sign"])`,
      "OperationError",
    ],
    [`crypto.subtle.encrypt("AES-GCM", { forged: true }, new Uint8Array())`, "TypeError"],
  ])("%s is refused", async (expression, name) => {
    expect(await run(`() => ${expression}.then(() => "allowed", (error) => error.name)`)).toBe(name);
  });

  test("a key's number means nothing in another execution", async () => {
    const hold = `() => crypto.subtle.importKey("raw", new Uint8Array(32), "HMAC", true, ["sign"]).then(() => 1, (error) => error.name)`;
    await run(hold);
    const guess = `() => crypto.subtle.exportKey("raw", { $key: 1 }).then(() => "read", (error) => error.name)`;
    expect(await run(guess)).toBe("TypeError");
  });

  test("the time of derivations is the step's CPU", async () => {
    const program = `async () => {
      const base = await crypto.subtle.importKey("raw", new Uint8Array(16), "PBKDF2", false, ["deriveBits"]);
      for (;;) await crypto.subtle.deriveBits({ name: "PBKDF2", salt: new Uint8Array(8), iterations: 300_000, hash: "SHA-512" }, base, 512);
    }`;
    const report = await runOne(sandbox(), program, { limits: { cpuMs: 400 } });
    expect(report.outcome).toBe("cpu-exceeded");
  });
});
