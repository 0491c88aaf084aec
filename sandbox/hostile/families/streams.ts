import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["ok", "threw", "cpu-exceeded", "out-of-memory", "timed-out", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const streams: HostileFamily = {
  name: "streams",
  attacks:
    "Queues that fill by themselves: readers that wait, writers that do not, and sources that call back.",
  programs: [
    {
      mechanism: "a queue whose strategy says that nothing has a size",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => new ReadableStream({ start(c) { for (;;) c.enqueue(new Uint8Array(1e4)); } }, { highWaterMark: Infinity, size: () => 0 })`,
    },
    {
      mechanism: "a size() that loops",
      expect: ["cpu-exceeded"],
      code: `() => { new ReadableStream({ start(c) { c.enqueue(1); } }, { size() { for (;;); } }); }`,
    },
    {
      mechanism: "a pull that enqueues from within itself, ever deeper",
      expect: ENDED,
      cell: "either",
      code: `async () => { let controller; const s = new ReadableStream({ start(c) { controller = c; }, pull() { controller.enqueue(1); controller.enqueue(1); } }); for await (const part of s) void part; }`,
    },
    {
      mechanism: "a transform that doubles each chunk, piped into itself a hundred times",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { let s = new Blob(["x".repeat(1_000)]).stream(); for (let n = 0; n < 100; n += 1) s = s.pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk); c.enqueue(chunk); } })); return (await new Response(s).arrayBuffer()).byteLength; }`,
    },
    {
      mechanism: "tee of tee of tee",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { let all = [new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1e5)); } })]; for (let n = 0; n < 12; n += 1) all = all.flatMap((one) => one.tee()); await Promise.all(all.map(async (one) => { for await (const part of one) void part; })); }`,
    },
    {
      mechanism: "a writer that never waits",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const w = new WritableStream({ write: () => new Promise(() => {}) }).getWriter(); for (;;) w.write(new Uint8Array(1e4)); }`,
    },
    {
      mechanism: "a byte stream's buffer detached while it is being filled",
      expect: ENDED,
      code: `async () => { const s = new ReadableStream({ type: "bytes", pull(c) { const { view } = c.byobRequest; view.buffer.transfer(); try { c.byobRequest.respond(1); } catch {} c.close(); try { c.byobRequest?.respond(0); } catch {} } }); const r = s.getReader({ mode: "byob" }); await r.read(new Uint8Array(10)).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "then on Object.prototype, met by every read",
      expect: ENDED,
      cell: "either",
      code: `async () => { let n = 0; Object.defineProperty(Object.prototype, "then", { configurable: true, get() { n += 1; if (n > 1e5) return undefined; return undefined; } }); for await (const part of new Blob(["abc"]).stream()) void part; return { reached }; }`,
    },
    {
      mechanism: "a thenable of Object.prototype that never calls back",
      expect: ENDED,
      code: `async () => { Object.prototype.then = function () {}; return await new Response(new Blob(["x"]).stream()).text(); }`,
    },
    {
      mechanism: "text decoded a byte at a time, a million times",
      expect: ENDED,
      cell: "either",
      code: `() => { const d = new TextDecoder(), byte = new Uint8Array([0xe2]); let text = ""; for (let n = 0; n < 1e6; n += 1) text += d.decode(byte, { stream: true }); return text.length; }`,
    },
    {
      mechanism: "a compression stream fed for ever",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { const c = new CompressionStream("brotli"), w = c.writable.getWriter(); void new Response(c.readable).arrayBuffer(); for (;;) await w.write(crypto.getRandomValues(new Uint8Array(65_536))); }`,
    },
    {
      mechanism: "brotli at its best over twenty megabytes that do not repeat",
      expect: ENDED,
      cell: "either",
      code: `async () => { const bytes = new Uint8Array(1.5e7); for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65_536, bytes.length))); return (await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("brotli"))).arrayBuffer()).byteLength; }`,
    },
    {
      mechanism: "a deflate bomb within a gzip bomb within a brotli bomb",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { const through = (bytes, S, format) => new Response(new Blob([bytes]).stream().pipeThrough(new S(format))).arrayBuffer(); let bytes = new Uint8Array(1e7); for (const f of ["deflate-raw", "gzip", "brotli"]) bytes = await through(bytes, CompressionStream, f); for (let n = 0; n < 100; n += 1) { let out = bytes; for (const f of ["brotli", "gzip", "deflate-raw"]) out = await through(out, DecompressionStream, f); } return { reached }; }`,
    },
    {
      mechanism: "blobs of blobs that double",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let b = new Blob(["x".repeat(1_000)]); for (;;) b = new Blob([b, b]); }`,
    },
    {
      mechanism: "slices of a blob without end",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const b = new Blob([new Uint8Array(1e6)]), kept = []; for (let n = 0; ; n += 1) kept.push(b.slice(n % 10)); }`,
    },
    {
      mechanism: "a response cloned ten thousand times",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = [new Response("x".repeat(1e6))]; for (let n = 0; n < 1e4; n += 1) { void kept[n].body; kept.push(kept[n].clone()); } return kept.length; }`,
    },
  ],
};
