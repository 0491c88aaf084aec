import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["cpu-exceeded", "threw", "out-of-memory", "crashed"] as const;

export const builtins: HostileFamily = {
  name: "builtins",
  attacks: "One call of the standard library with a huge length: native loops that look at no clock.",
  programs: [
    { mechanism: "Array(1e9).fill", expect: ENDED, cell: "either", code: `() => Array(1e9).fill(0).length` },
    {
      mechanism: "sort of an array-like of four billion",
      expect: ENDED,
      cell: "either",
      code: `() => Array.prototype.sort.call({ length: 4e9 })`,
    },
    {
      mechanism: "a comparator that loops",
      expect: ["cpu-exceeded"],
      code: `() => [2, 1].sort(() => { for (;;); })`,
    },
    {
      mechanism: "a comparator that grows what it sorts",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { const a = [3, 2, 1]; a.sort(() => { a.push(...a.slice(0, 1e5)); return Math.random() - 0.5; }); return a.length; }`,
    },
    {
      mechanism: "sort of ten million, by text",
      expect: ENDED,
      cell: "either",
      code: `() => Array.from({ length: 1e7 }, (_, n) => -n).sort().length`,
    },
    {
      mechanism: "indexOf in an array-like of 2^53",
      expect: ENDED,
      cell: "either",
      code: `() => Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)`,
    },
    {
      mechanism: "includes, lastIndexOf, reverse on huge lengths",
      expect: ENDED,
      cell: "either",
      code: `() => { for (const name of ["includes", "lastIndexOf", "reverse"]) Array.prototype[name].call({ length: 2 ** 53 - 1 }, 1); }`,
    },
    {
      mechanism: "copyWithin on a huge length",
      expect: ENDED,
      cell: "either",
      code: `() => Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1)`,
    },
    {
      mechanism: "splice that shifts four billion places",
      expect: ENDED,
      cell: "either",
      code: `() => Array.prototype.splice.call({ length: 2 ** 53 - 2 }, 0, 1)`,
    },
    {
      mechanism: "unshift on a sparse array",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { const a = []; a[4e9] = 1; for (;;) { a.unshift(1); a.shift(); } }`,
    },
    {
      mechanism: "concat of spreadables that claim lengths",
      expect: ENDED,
      cell: "either",
      code: `() => [].concat({ length: 4e9, [Symbol.isConcatSpreadable]: true }).length`,
    },
    {
      mechanism: "flat(Infinity) of a deep nest",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { let a = [1]; for (let n = 0; n < 1e6; n += 1) a = [a]; return a.flat(Infinity).length; }`,
    },
    {
      mechanism: "Array.from of a claimed length",
      expect: ENDED,
      cell: "either",
      code: `() => Array.from({ length: 2 ** 32 - 1 }).length`,
    },
    {
      mechanism: "Object.entries and fromEntries of a million keys, again and again",
      expect: ENDED,
      cell: "either",
      code: `() => { const o = Object.fromEntries(Array.from({ length: 1e5 }, (_, n) => ["k" + n, n])); for (;;) Object.fromEntries(Object.entries(o)); }`,
    },
    {
      mechanism: "apply with an argument list of hundreds of millions",
      expect: ENDED,
      cell: "either",
      code: `() => Math.max.apply(null, { length: 5e8 })`,
    },
    {
      mechanism: "Reflect.construct with a huge list",
      expect: ENDED,
      cell: "either",
      code: `() => Reflect.construct(Array, { length: 5e8 }).length`,
    },
    {
      mechanism: "a prototype chain of a million",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { let o = {}; for (let n = 0; n < 1e6; n += 1) o = Object.create(o); for (let n = 0; n < 1e6; n += 1) void o.missing; }`,
    },
    {
      mechanism: "instanceof through a chain of a million bound functions",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { let f = function () {}; for (let n = 0; n < 1e6; n += 1) f = f.bind(); return {} instanceof f; }`,
    },
    {
      mechanism: "for-in over a chain of objects with a thousand keys each",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { let o = {}; for (let n = 0; n < 1e3; n += 1) { o = Object.create(o); for (let k = 0; k < 1e3; k += 1) o["k" + n + "_" + k] = 1; } let c = 0; for (const k in o) c += 1; return c; }`,
    },
    {
      mechanism: "Date parsing of long texts",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { for (;;) Date.parse("(" .repeat(1e6)); }`,
    },
    {
      mechanism: "parsing nested source text",
      expect: ENDED,
      cell: "either",
      code: `() => eval("(".repeat(1e6) + ")".repeat(1e6))`,
    },
    {
      mechanism: "parsing fifty megabytes of source",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => Function("a;".repeat(2.5e7))()`,
    },
    {
      mechanism: "a function of a hundred thousand parameters",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => Function(Array.from({ length: 1e5 }, (_, n) => "a" + n).join(), "return arguments.length")()`,
    },
    {
      mechanism: "an iterator helper chain without end",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => (function* () { for (;;) yield 1; })().map((n) => n).filter(() => false).toArray()`,
    },
    {
      mechanism: "Object.groupBy over endless keys",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 3_000 },
      timeoutMs: 7_000,
      code: `() => Object.groupBy((function* () { for (let n = 0; ; n += 1) yield n; })(), (n) => "k" + n)`,
    },
    {
      mechanism: "set operations on endless set-likes",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 3_000 },
      timeoutMs: 7_000,
      code: `() => new Set([1]).union({ size: 1, has: () => true, keys: () => { let n = 0; return { next: () => ({ done: false, value: n++ }) }; } })`,
    },
  ],
};
