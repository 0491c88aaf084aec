import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["cpu-exceeded", "threw", "out-of-memory", "crashed"] as const;

export const regularExpressions: HostileFamily = {
  name: "regular-expressions",
  attacks: "Backtracking without end, and patterns whose compilation alone takes a core or all memory.",
  programs: [
    {
      mechanism: "nested quantifiers",
      expect: ["cpu-exceeded"],
      code: `() => /^(a+)+$/.test("a".repeat(64) + "b")`,
    },
    {
      mechanism: "alternation of the same",
      expect: ["cpu-exceeded"],
      code: `() => /^(a|a|aa)+$/.test("a".repeat(64) + "b")`,
    },
    {
      mechanism: "back references",
      expect: ["cpu-exceeded", "ok"],
      cell: "either",
      code: `() => /^(.*)(.*)(.*)\\1\\2\\3x$/.test("a".repeat(3e4))`,
    },
    {
      mechanism: "look-behind over a long text",
      expect: ["cpu-exceeded", "ok"],
      cell: "either",
      code: `() => "a".repeat(1e6).search(/(?<=a*b)c/)`,
    },
    {
      mechanism: "a quantifier of quantifiers, compiled",
      expect: ENDED,
      cell: "either",
      code: `() => new RegExp("(?:a{0,1000}){0,1000}b{1000}".repeat(200)).test("a".repeat(2e3))`,
    },
    {
      mechanism: "a pattern of ten million characters",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => new RegExp("(?:ab|cd)".repeat(2e6)).test("x")`,
    },
    {
      mechanism: "a million groups nested",
      expect: [...ENDED],
      cell: "either",
      code: `() => new RegExp("(".repeat(1e6) + ")".repeat(1e6)).test("x")`,
    },
    {
      mechanism: "a class of all Unicode, ignoring case, a thousand times",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { for (let n = 0; ; n += 1) new RegExp("[\\\\p{L}\\\\p{N}&&[^" + String.fromCodePoint(0x4e00 + (n % 9_000)) + "]]+", "vi").test("x"); }`,
    },
    {
      mechanism: "sticky matching that re-enters by a species",
      expect: ["cpu-exceeded", "threw"],
      code: `() => { class R extends RegExp { exec() { return { index: 0, 0: "" }; } } return "aaa".replace(new R("a", "g"), "b"); }`,
    },
    {
      mechanism: "split by a species whose exec never advances",
      expect: ["cpu-exceeded", "out-of-memory", "ok", "threw"],
      cell: "either",
      code: `() => { class R extends RegExp { get lastIndex() { return 0; } set lastIndex(n) {} exec() { return [""]; } } return "abc".split(new R("b")).length; }`,
    },
    {
      mechanism: "named groups by the hundred thousand",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => { const many = Array.from({ length: 1e5 }, (_, n) => "(?<g" + n + ">a)?").join(""); return Object.keys(new RegExp(many).exec("a").groups).length; }`,
    },
    {
      mechanism: "compiled patterns kept, each with its code",
      expect: ENDED,
      cell: "either",
      limits: { cpuMs: 3_000 },
      timeoutMs: 7_000,
      code: `() => { const kept = []; for (let n = 0; ; n += 1) { const r = new RegExp("(a|b|c){50}" + n + "x".repeat(100)); r.test("abc".repeat(50)); kept.push(r); } }`,
    },
    {
      mechanism: "replace with a callback that replaces",
      expect: ["cpu-exceeded", "threw"],
      code: `() => { const f = () => "aa".replace(/a/g, f); return f(); }`,
    },
    {
      mechanism: "RegExp.escape of a long text, compiled",
      expect: [...ENDED, "ok"],
      cell: "either",
      code: `() => new RegExp(RegExp.escape("-".repeat(2e7))).test("x")`,
    },
  ],
};
