import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["threw", "ok", "cpu-exceeded", "timed-out"] as const;
const KEY = `const key = await crypto.subtle.importKey("raw", new Uint8Array(8), "PBKDF2", false, ["deriveBits"]); const derive = (iterations, bits = 256) => crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-512", salt: new Uint8Array(8), iterations }, key, bits);`;

export const cryptography: HostileFamily = {
  name: "crypto",
  attacks:
    "Work that the cell does for a step beside its bursts, on threads that nothing stops: keys, derivations, codecs.",
  programs: [
    {
      mechanism: "a derivation of two billion rounds",
      expect: ENDED,
      code: `async () => { ${KEY} return (await derive(2 ** 31 - 1)).byteLength; }`,
    },
    {
      mechanism: "five hundred derivations left behind at the end",
      expect: ENDED,
      code: `async () => { ${KEY} for (let n = 0; n < 500; n += 1) derive(20_000).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "five hundred derivations awaited",
      expect: ENDED,
      code: `async () => { ${KEY} await Promise.all(Array.from({ length: 500 }, () => derive(20_000))); return { reached }; }`,
    },
    {
      mechanism: "derived bits by the hundred megabytes",
      // Where the cell has held few isolates, its memory limit comes before the time limit.
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { ${KEY} return (await derive(1, 8e8)).byteLength; }`,
    },
    {
      mechanism: "an RSA key of sixteen thousand bits",
      expect: ENDED,
      code: `async () => { await crypto.subtle.generateKey({ name: "RSA-OAEP", modulusLength: 16_384, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["encrypt", "decrypt"]); return { reached }; }`,
    },
    {
      mechanism: "an RSA exponent that never ends",
      expect: ENDED,
      code: `async () => { await crypto.subtle.generateKey({ name: "RSA-OAEP", modulusLength: 512, publicExponent: new Uint8Array(64).fill(255), hash: "SHA-256" }, true, ["encrypt", "decrypt"]); return { reached }; }`,
    },
    {
      mechanism: "keys without number",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { for (;;) await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]); }`,
    },
    {
      mechanism: "numbers of keys that are not its own",
      expect: ENDED,
      code: `async () => { for (let id = 0; id < 50; id += 1) { const forged = Object.assign(Object.create(CryptoKey.prototype), { id, $key: id }); try { await crypto.subtle.exportKey("raw", forged); reached.push("key " + id); } catch {} } return { reached }; }`,
    },
    {
      mechanism: "a key that may not be exported",
      expect: ENDED,
      code: `async () => { const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]); for (const format of ["raw", "jwk"]) { try { await crypto.subtle.exportKey(format, key); reached.push(format); } catch {} } return { reached }; }`,
    },
    {
      mechanism: "algorithms whose getters throw, loop and name prototypes",
      expect: ENDED,
      code: `async () => { for (const algorithm of [{ name: "__proto__" }, { name: "constructor" }, { get name() { throw 1; } }, JSON.parse('{"__proto__":{"name":"SHA-256"}}'), null, Symbol("s"), 1n]) try { await crypto.subtle.digest(algorithm, new Uint8Array(1)); } catch {} return { reached }; }`,
    },
    {
      mechanism: "a compressed body that grows a thousand times",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      timeoutMs: 5_000,
      code: `async () => { const zip = (body) => new Response(new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer(); const bomb = await zip(new Uint8Array(1e7)); const big = await new Response(new Blob([bomb, bomb, bomb]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer(); return { reached, bytes: big.byteLength }; }`,
    },
    {
      mechanism: "streams that are pulled for ever",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `() => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1e5)); } })).arrayBuffer()`,
    },
    {
      mechanism: "a tee of which nobody reads the other half",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { const [one] = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1e5)); } }).tee(); for await (const part of one) void part; }`,
    },
    {
      mechanism: "a form of a million parts",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { const form = new FormData(); for (let n = 0; n < 1e6; n += 1) form.append("k" + n, "v"); return (await new Response(form).text()).length; }`,
    },
  ],
};
