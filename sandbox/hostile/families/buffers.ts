import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["threw", "out-of-memory", "cpu-exceeded", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const buffers: HostileFamily = {
  name: "buffers",
  attacks:
    "Memory outside of V8's heap, which its limit does not see: array buffers, shared and resizable ones, WebAssembly, ICU.",
  programs: [
    {
      mechanism: "typed arrays that add up",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (;;) kept.push(new Uint8Array(1e7).fill(1)); }`,
    },
    {
      mechanism: "one buffer of four gigabytes",
      expect: ["threw", "out-of-memory"],
      cell: "either",
      code: `() => new ArrayBuffer(4e9).byteLength`,
    },
    {
      mechanism: "a resizable buffer by the constructor",
      expect: ["threw"],
      code: `() => new ArrayBuffer(8, { maxByteLength: 6e9 }).byteLength`,
    },
    {
      mechanism: "a resizable buffer by the constructor behind it",
      expect: ["ok", "threw"],
      code: `() => { probe("resizable", () => new (Object.getPrototypeOf(new Uint8Array(1).buffer).constructor)(8, { maxByteLength: 1e9 }).byteLength === 8); return { reached }; }`,
    },
    {
      mechanism: "a resizable buffer by subclass and Reflect",
      expect: ["ok", "threw"],
      code: `() => {
      probe("subclass", () => new (class extends ArrayBuffer {})(8, { maxByteLength: 1e9 }).byteLength === 8);
      probe("reflect", () => Reflect.construct(ArrayBuffer, [8, { maxByteLength: 1e9 }], class {}) !== undefined);
      probe("species", () => ArrayBuffer[Symbol.species] !== ArrayBuffer);
      probe("resize", () => typeof ArrayBuffer.prototype.resize === "function");
      return { reached };
    }`,
    },
    {
      mechanism: "options whose getter changes its mind",
      expect: ["ok", "threw"],
      code: `() => { let n = 0; probe("late option", () => { const b = new ArrayBuffer(8, { get maxByteLength() { return n++ === 0 ? undefined : 1e9; } }); return b.maxByteLength === 1e9 || b.resizable === true; }); return { reached }; }`,
    },
    {
      mechanism: "transfer to a larger length, again and again",
      expect: [...ENDED, "ok"],
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (;;) { let b = new ArrayBuffer(1e3); b = b.transfer(5e7); new Uint8Array(b).fill(1); kept.push(b); } }`,
    },
    {
      mechanism: "shared memory, by every name it had",
      expect: ["ok"],
      code: `() => {
      for (const name of ["SharedArrayBuffer", "WebAssembly", "Atomics"]) probe(name, () => typeof globalThis[name] !== "undefined");
      probe("evaluated", () => Function("return typeof SharedArrayBuffer !== 'undefined' || typeof WebAssembly !== 'undefined'")());
      probe("from an iterator prototype", () => Reflect.ownKeys(Object.getPrototypeOf(Uint8Array).prototype).some((key) => /shared/i.test(String(key))));
      return { reached };
    }`,
    },
    {
      mechanism: "WebAssembly memories that add up",
      expect: ["threw"],
      code: `() => { const kept = []; for (;;) kept.push(new WebAssembly.Memory({ initial: 16_384 })); }`,
    },
    {
      mechanism: "WebAssembly by an async import",
      expect: ["threw"],
      code: `() => import("data:application/wasm;base64,AGFzbQEAAAA=")`,
    },
    {
      mechanism: "a segmenter, its pages uncounted",
      expect: ["ok", "threw"],
      code: `() => { probe("Segmenter", () => typeof Intl.Segmenter === "function"); return { reached }; }`,
    },
    {
      mechanism: "date formatters that add up",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 4_000 },
      timeoutMs: 8_000,
      code: `() => { const kept = []; for (let n = 0; ; n += 1) { const f = new Intl.DateTimeFormat("ar-u-ca-islamic-nu-arab", { dateStyle: "full", timeStyle: "full" }); f.formatRange(0, n * 1e9); kept.push(f); } }`,
    },
    {
      mechanism: "collators and number formats that add up",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 4_000 },
      timeoutMs: 8_000,
      code: `() => { const kept = []; for (;;) kept.push(new Intl.Collator("zh-u-co-stroke"), new Intl.NumberFormat("de", { style: "currency", currency: "EUR" }), new Intl.PluralRules("ar"), new Intl.RelativeTimeFormat("fr"), new Intl.ListFormat("en")); }`,
    },
    {
      mechanism: "display names and locales",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 3_000 },
      timeoutMs: 7_000,
      code: `() => { const kept = []; for (;;) kept.push(new Intl.DisplayNames("en", { type: "language" }), new Intl.Locale("en-u-" + "ca-gregory")); }`,
    },
    {
      mechanism: "a typed array of BigInts, sorted",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const a = new BigUint64Array(1.2e7); for (let n = 0; n < a.length; n += 1) a[n] = BigInt(a.length - n); for (;;) { a.sort(); a.reverse(); } }`,
    },
    {
      mechanism: "a comparator that detaches what is sorted",
      expect: ["ok", "threw"],
      code: `() => { const a = new Uint8Array(1e3).map((_, n) => n); a.sort((x, y) => { if (a.buffer.byteLength > 0) a.buffer.transfer(); return x - y; }); return { reached }; }`,
    },
    {
      mechanism: "reading memory that nobody wrote",
      expect: ["ok"],
      code: `() => { probe("not zeroed", () => { for (let n = 0; n < 50; n += 1) if (new Uint8Array(1e5 + n).some((byte) => byte !== 0)) return true; return false; }); return { reached }; }`,
    },
    {
      mechanism: "a view beyond its buffer's end",
      expect: ["ok"],
      code: `() => {
      const b = new ArrayBuffer(8);
      probe("view", () => new Uint8Array(b, 4, 8).length === 8);
      probe("DataView", () => new DataView(b).getFloat64(4) !== undefined);
      probe("set", () => { new Uint8Array(b).set([1], 8); return true; });
      probe("negative", () => { new Uint8Array(b, -1); return true; });
      return { reached };
    }`,
    },
    {
      mechanism: "TextEncoder on a string of hundreds of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => new TextEncoder().encode("é".repeat(2e8)).length`,
    },
    {
      mechanism: "base64 of hundreds of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => btoa("a".repeat(3e8)).length`,
    },
    {
      mechanism: "toBase64 and fromBase64 that double",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let text = "AAAA"; for (;;) { text += text; const bytes = Uint8Array.fromBase64(text); text = bytes.toBase64() + bytes.toBase64(); } }`,
    },
  ],
};
