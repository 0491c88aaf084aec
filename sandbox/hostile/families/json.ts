import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["cpu-exceeded", "threw", "out-of-memory", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const json: HostileFamily = {
  name: "json",
  attacks:
    "The one format that crosses: texts that are cheap to write and dear to read, and hooks that run in between.",
  programs: [
    {
      mechanism: "parsing ten million nested arrays",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => JSON.parse("[".repeat(1e7) + "]".repeat(1e7)).length`,
    },
    {
      mechanism: "parsing a hundred megabytes of numbers",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => JSON.parse("[" + "1,".repeat(5e7) + "1]").length`,
    },
    {
      mechanism: "a reviver that adds what it is about to visit",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => JSON.parse('[0,0]', function (key, value) { if (key === "0") this[1] = [0, 0]; return value; })`,
    },
    {
      mechanism: "toJSON that gives a new one",
      expect: ENDED,
      cell: "either",
      code: `() => { const make = () => ({ toJSON: () => ({ a: make() }) }); return make(); }`,
    },
    { mechanism: "toJSON that loops", expect: ["cpu-exceeded"], code: `() => ({ toJSON() { for (;;); } })` },
    {
      mechanism: "an output nested a hundred thousand deep",
      expect: ["ok", "threw"],
      code: `() => { let o = {}; for (let n = 0; n < 1e5; n += 1) o = { o }; return o; }`,
    },
    {
      mechanism: "an output that shares a part a billion times",
      expect: [...ENDED, "output-too-large"],
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let o = "x".repeat(100); for (let n = 0; n < 30; n += 1) o = [o, o]; return o; }`,
    },
    { mechanism: "a cyclic output", expect: ["threw"], code: `() => { const o = {}; o.o = o; return o; }` },
    {
      mechanism: "an array that claims four billion holes",
      expect: [...ENDED, "output-too-large"],
      cell: "either",
      code: `() => { const a = []; a.length = 4_294_967_295; return a; }`,
    },
    {
      mechanism: "a replacer that never ends",
      expect: ["cpu-exceeded", "out-of-memory", "threw"],
      cell: "either",
      code: `() => JSON.stringify({ a: 1 }, (key, value) => ({ value }))`,
    },
    {
      mechanism: "rawJSON with forged text",
      expect: ["ok", "threw"],
      code: `() => JSON.rawJSON?.("1") ?? { reached }`,
    },
    {
      mechanism: "JSON.stringify replaced by a forger",
      expect: ["ok"],
      code: `() => { JSON.stringify = () => '{"forged":true}'; JSON.parse = () => ({ forged: true }); return { reached }; }`,
    },
    {
      mechanism: "an indent of gigabytes over a deep value",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let o = 1; for (let n = 0; n < 3e3; n += 1) o = [o, 1, 2, 3]; return JSON.stringify(Array(1e3).fill(o), null, 10).length; }`,
    },
    {
      mechanism: "a proxy with ten million keys",
      expect: [...ENDED, "output-too-large"],
      cell: "either",
      limits,
      timeoutMs,
      code: `() => new Proxy({}, { ownKeys: () => Array.from({ length: 1e7 }, (_, n) => "k" + n), getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) })`,
    },
  ],
};
