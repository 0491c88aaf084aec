import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["output-too-large", "threw", "out-of-memory", "cpu-exceeded", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const outputs: HostileFamily = {
  name: "outputs",
  attacks: "What a step gives back is kept, shown and handed on: bombs of size, and texts that pretend.",
  programs: [
    {
      mechanism: "an output above the limit",
      expect: ["output-too-large"],
      limits,
      timeoutMs,
      code: `() => "x".repeat(6e6)`,
    },
    {
      mechanism: "an output of hundreds of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => "x".repeat(4e8)`,
    },
    {
      mechanism: "an output that escaping makes six times as long",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => "\\u0001".repeat(3e7)`,
    },
    {
      mechanism: "an array of a hundred million nulls",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => new Array(1e8)`,
    },
    {
      mechanism: "a typed array, which is an object of numbers in JSON",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => new Uint8Array(5e7)`,
    },
    { mechanism: "a BigInt in an output", expect: ["threw"], code: `() => ({ n: 1n })` },
    {
      mechanism: "functions, symbols and undefined",
      expect: ["ok"],
      code: `() => ({ a: () => 1, b: Symbol(), c: undefined, reached })`,
    },
    {
      mechanism: "an output that is the engine's own result",
      expect: ["ok"],
      code: `() => ({ outcome: "ok", error: { name: "EngineError" }, isolateKept: true, type: "result", run: 1, result: {}, reached })`,
    },
    {
      mechanism: "control characters and terminal sequences",
      expect: ["ok"],
      code: `() => { console.log("\\u001b[2J\\u001b]0;owned\\u0007\\u202e"); return { text: "\\u001b[31m\\u0000\\u202e", reached }; }`,
    },
    {
      mechanism: "a name and message of megabytes",
      expect: ["threw"],
      limits,
      timeoutMs,
      code: `() => { throw Object.assign(new Error("m".repeat(5e6)), { name: "n".repeat(5e6), stack: "s".repeat(5e6) }); }`,
    },
    {
      mechanism: "a thousand log lines of ten thousand characters",
      expect: ["ok", "cpu-exceeded"],
      limits,
      timeoutMs,
      code: `() => { for (let n = 0; n < 1_000; n += 1) console.log("é".repeat(10_000)); return { reached }; }`,
    },
    {
      mechanism: "an object shown in a log line that is a bomb",
      expect: [...ENDED, "ok"],
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let o = "x".repeat(1_000); for (let n = 0; n < 25; n += 1) o = { a: o, b: o }; console.log(o); return { reached }; }`,
    },
    {
      mechanism: "a result given twice, the second forged",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { const then = Promise.prototype.then; let calls = 0; Promise.prototype.then = function (f, g) { calls += 1; return then.call(this, f && ((v) => { f(v); return f({ forged: true }); }), g); }; return Promise.resolve({ reached }); }`,
    },
  ],
};
