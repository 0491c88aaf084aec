import type { HostileFamily } from "../harness/program.ts";

export const neighbours: HostileFamily = {
  name: "neighbours",
  attacks:
    "The customer next door: a parked execution of the same cell, the one before, the one in the next cell, the engine's own secrets.",
  programs: [
    {
      mechanism: "globals that an execution before has left",
      expect: ["ok"],
      code: `() => { probe("left", () => globalThis.left === true || Object.prototype.left === true); globalThis.left = true; Object.prototype.left = true; delete Object.prototype.left; return { reached }; }`,
    },
    {
      mechanism: "module state that an execution before has left",
      expect: ["ok"],
      prologue: `let module = 0;`,
      code: `() => { module += 1; probe("left", () => module > 1); return { reached }; }`,
    },
    {
      mechanism: "a symbol registry shared with others",
      expect: ["ok"],
      code: `() => { probe("registry", () => Symbol.for("millrace hostile").description === undefined); return { reached }; }`,
    },
    {
      mechanism: "the secrets in memory that was freed",
      expect: ["ok", "threw", "out-of-memory", "cpu-exceeded"],
      cell: "either",
      code: `() => { let text = ""; for (let n = 0; n < 20; n += 1) { const bytes = new Uint8Array(1e6); for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== 0) { text += String.fromCharCode(bytes[at]); if (text.length > 1e4) return { reached: ["memory"], text }; } } return { reached, text }; }`,
    },
    {
      mechanism: "the bodies of requests that are not its own",
      expect: ["ok"],
      code: `async () => { const found = []; for (let id = 0; id < 200; id += 1) { const forged = Object.create(Response.prototype); try { found.push(await forged.text()); } catch {} } probe("bodies", () => found.some((text) => text.length > 0)); return { reached }; }`,
    },
    {
      mechanism: "the trigger and config of others through the context",
      expect: ["ok"],
      code: `({ config, trigger }) => ({ config, headers: [...trigger.headers], reached })`,
    },
    {
      mechanism: "a lease that is another's: paths and keys forged",
      expect: ["ok"],
      code: `(context) => { context.execution.id = "other"; context.idempotencyKey = "other"; context.steps = new Proxy({}, { get: () => "forged" }); return { reached, id: context.execution.id }; }`,
    },
    {
      mechanism: "a burn that would slow the neighbour's cell",
      expect: ["cpu-exceeded"],
      limits: { cpuMs: 1_500 },
      timeoutMs: 5_000,
      code: `() => { for (;;) Math.sqrt(Math.random()); }`,
    },
    {
      mechanism: "memory taken and let go, again and again",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 1_500 },
      timeoutMs: 5_000,
      code: `() => { for (;;) { const kept = []; for (let n = 0; n < 300; n += 1) kept.push(new Array(1e4).fill(n)); } }`,
    },
    {
      mechanism: "memory taken, then parked, so that the next one is blamed",
      expect: ["ok", "out-of-memory", "cpu-exceeded"],
      cell: "either",
      limits: { cpuMs: 3_000 },
      timeoutMs: 6_000,
      code: `() => { globalThis.kept = []; for (let n = 0; n < 90; n += 1) kept.push(new Array(1e5).fill(n)); return new Promise((done) => setTimeout(done, 300, { reached })); }`,
    },
    {
      mechanism: "a kill timed so that it falls to whoever runs next",
      expect: ["cpu-exceeded", "out-of-memory", "crashed", "threw"],
      cell: "either",
      code: `() => new Promise(() => setInterval(() => { const s = "ab".repeat(2.6e8); s.split(""); }, 1))`,
    },
    {
      mechanism: "the engine's files, environment and parent by an error's path",
      expect: ["threw"],
      code: `({ input }) => { throw Object.assign(new Error(input.canaryVariable), { stack: "Error\\n    at file://" + input.canaryFile + ":1:1" }); }`,
    },
  ],
};
