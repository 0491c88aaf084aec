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
    {
      mechanism: "rounds within their limit, times blocks without one",
      expect: ENDED,
      cell: "either",
      code: `async () => { ${KEY} return (await derive(1_000_000, 8e6)).byteLength; }`,
    },
    {
      mechanism: "two million rounds, again and again",
      expect: ENDED,
      cell: "either",
      code: `async () => { ${KEY} for (;;) await derive(1_900_000); }`,
    },
    {
      mechanism: "RSA keys of four thousand bits, one after another",
      expect: ENDED,
      cell: "either",
      code: `async () => { for (;;) await crypto.subtle.generateKey({ name: "RSA-PSS", modulusLength: 4_096, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign", "verify"]); }`,
    },
    {
      mechanism: "an RSA key begun and left behind at the end",
      expect: ENDED,
      cell: "either",
      code: `() => { for (let n = 0; n < 5; n += 1) crypto.subtle.generateKey({ name: "RSA-PSS", modulusLength: 4_096, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" }, true, ["sign", "verify"]).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "Argon2 of gigabytes and a million passes",
      expect: ENDED,
      cell: "either",
      code: `async () => { for (const name of ["Argon2id", "Argon2d", "Argon2i"]) try { const key = await crypto.subtle.importKey("raw-secret", new Uint8Array(16), name, false, ["deriveBits"]); await crypto.subtle.deriveBits({ name, nonce: new Uint8Array(16), parallelism: 4, memory: 2_000_000, passes: 1_000 }, key, 256); reached.push(name); } catch {} return { reached }; }`,
    },
    {
      mechanism: "digests whose length is the asker's",
      expect: ENDED,
      cell: "either",
      code: `async () => { for (const name of ["cSHAKE128", "cSHAKE256", "TurboSHAKE128", "KT128", "SHA3-512"]) for (const field of ["length", "outputLength"]) try { await crypto.subtle.digest({ name, [field]: 8e9, domainSeparation: 1 }, new Uint8Array(1)); } catch {} return { reached }; }`,
    },
    {
      mechanism: "HMAC and KMAC keys of half a gigabyte",
      expect: ENDED,
      cell: "either",
      code: `async () => { globalThis.kept = []; for (const name of ["HMAC", "KMAC128"]) for (let n = 0; n < 4; n += 1) try { kept.push(await crypto.subtle.generateKey({ name, hash: "SHA-256", length: 4e9 }, true, ["sign"])); } catch {} return { reached }; }`,
    },
    {
      mechanism: "keys of megabytes, a hundred of them",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      timeoutMs: 5_000,
      code: `async () => { globalThis.kept = []; const raw = new Uint8Array(2e7); for (let n = 0; n < 100; n += 1) try { kept.push(await crypto.subtle.importKey("raw", raw, { name: "HMAC", hash: "SHA-256" }, true, ["sign"])); } catch {} return { reached, keys: kept.length }; }`,
    },
    {
      mechanism: "an RSA key of a million bits, brought along and signed with",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 1_000 },
      code: `async () => { const big = (bytes) => new Uint8Array(bytes).fill(255).toBase64({ alphabet: "base64url", omitPadding: true }); const bytes = 125_000; const jwk = { kty: "RSA", n: big(bytes), e: "AQAB", d: big(bytes), p: big(bytes / 2), q: big(bytes / 2), dp: big(bytes / 2), dq: big(bytes / 2), qi: big(bytes / 2) }; try { const key = await crypto.subtle.importKey("jwk", jwk, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["sign"]); await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new Uint8Array(1)); reached.push("a key of a million bits"); } catch {} return { reached }; }`,
    },
    {
      mechanism: "an RSA key of sixteen thousand bits, brought along and signed with without end",
      expect: ENDED,
      cell: "either",
      code: `async () => { const big = (bytes) => new Uint8Array(bytes).fill(255).toBase64({ alphabet: "base64url", omitPadding: true }); const bytes = 2_048; const jwk = { kty: "RSA", n: big(bytes), e: "AQAB", d: big(bytes), p: big(bytes / 2), q: big(bytes / 2), dp: big(bytes / 2), dq: big(bytes / 2), qi: big(bytes / 2) }; const key = await crypto.subtle.importKey("jwk", jwk, { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, true, ["sign"]); for (;;) await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new Uint8Array(1)); }`,
    },
    {
      mechanism: "arguments of thirty megabytes, a thousand calls waiting",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 4_000 },
      timeoutMs: 6_000,
      code: `async () => { const bytes = new Uint8Array(2e7); for (let n = 0; n < 1_000; n += 1) crypto.subtle.digest("SHA-512", bytes).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "arguments that JSON.stringify was told to forge: objects by the ten million",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { const text = "[" + "[],".repeat(1e7) + "[]]"; JSON.stringify = () => text; for (let n = 0; n < 20; n += 1) crypto.subtle.digest("SHA-256", new Uint8Array(1)).catch(() => {}); return new Promise((done) => setTimeout(done, 500, { reached })); }`,
    },
    {
      mechanism: "arguments that JSON.stringify was told to forge: an object made of a text",
      expect: [...ENDED, "out-of-memory"],
      cell: "either",
      code: `async () => { const text = '[{"$object":"' + "x".repeat(3e7) + '"},{"$key":"__proto__"},{"$bytes":{}},{"$number":{}}]'; JSON.stringify = () => text; for (let n = 0; n < 20; n += 1) crypto.subtle.digest("SHA-256", new Uint8Array(1)).catch(() => {}); return new Promise((done) => setTimeout(done, 500, { reached })); }`,
    },
    {
      mechanism: "a digest of a buffer that is detached while it waits",
      expect: ENDED,
      code: `async () => { const bytes = new Uint8Array(1e6); const waiting = crypto.subtle.digest("SHA-256", bytes); bytes.buffer.transfer(); await waiting; return { reached }; }`,
    },
    {
      mechanism: "a key wrapped in a key that is wrapped in itself",
      expect: ENDED,
      code: `async () => { const key = await crypto.subtle.generateKey({ name: "AES-KW", length: 256 }, true, ["wrapKey", "unwrapKey"]); let wrapped = await crypto.subtle.wrapKey("raw", key, key, "AES-KW"); for (let n = 0; n < 500; n += 1) { const one = await crypto.subtle.unwrapKey("raw", wrapped, key, "AES-KW", "AES-KW", true, ["wrapKey", "unwrapKey"]); wrapped = await crypto.subtle.wrapKey("raw", one, one, "AES-KW"); } return { reached }; }`,
    },
  ],
};
