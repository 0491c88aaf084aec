import type { HostileFamily } from "../harness/program.ts";

const only = `() => ({ reached })`;

export const bundles: HostileFamily = {
  name: "bundles",
  attacks: "Before any step runs: code at the top of a bundle, which is evaluated for spares too.",
  programs: [
    { mechanism: "a loop at the top", expect: ["cpu-exceeded"], prologue: `for (;;);`, code: only },
    {
      mechanism: "memory at the top",
      expect: ["out-of-memory", "cpu-exceeded"],
      cell: "either",
      prologue: `const kept = []; for (;;) kept.push(new Array(1_000).fill(1));`,
      code: only,
    },
    {
      mechanism: "a throw whose getter loops, at the top",
      expect: ["cpu-exceeded", "threw"],
      prologue: `throw { get message() { for (;;); } };`,
      code: only,
    },
    {
      mechanism: "a microtask flood at the top",
      expect: ["cpu-exceeded"],
      prologue: `const f = () => Promise.resolve().then(f); f();`,
      code: only,
    },
    {
      mechanism: "a native burn at the top",
      expect: ["cpu-exceeded", "threw", "out-of-memory", "crashed"],
      cell: "either",
      prologue: `let n = 3n; for (;;) n = n * n;`,
      code: only,
    },
    {
      mechanism: "the end of the wrapper: a brace that closes its try, then a throw",
      expect: ["threw"],
      prologue: `})(); } catch {} throw { get message() { for (;;); }, get stack() { for (;;); } }; try { (() => {`,
      code: only,
    },
    {
      mechanism: "the function that takes what is thrown, taken away",
      expect: ["threw", "cpu-exceeded"],
      prologue: `delete globalThis.__millraceEvaluationFailed; throw { get message() { for (;;); }, get stack() { for (;;); } };`,
      code: only,
    },
    {
      mechanism: "the function that takes what is thrown, replaced by one that throws",
      expect: ["threw", "cpu-exceeded"],
      prologue: `globalThis.__millraceEvaluationFailed = (thrown) => { throw thrown; }; throw { get message() { for (;;); }, get stack() { for (;;); } };`,
      code: only,
    },
    {
      mechanism: "timers and requests at the top, for the customer who comes",
      expect: ["ok", "threw"],
      prologue: `setTimeout(() => { globalThis.early = true; }, 0); fetch("http://nobody.test/").catch(() => {}); console.log("early");`,
      code: `() => { probe("early", () => globalThis.early === true); return { reached }; }`,
    },
    {
      mechanism: "the integration's global as a getter that loops",
      expect: ["cpu-exceeded", "threw", "ok"],
      prologue: `setTimeout(() => {}, 0); Object.defineProperty(globalThis, "__millraceEvaluationFailed", { get() { for (;;); } });`,
      code: only,
    },
    {
      mechanism: "functions of the integration as a proxy that loops",
      expect: ["cpu-exceeded", "threw"],
      code: `(() => { for (;;); })()`,
    },
    {
      mechanism: "the dispatcher's global looked for at the top",
      expect: ["ok"],
      prologue: `for (const name of ["__millraceSend", "__millraceDispatch", "__millraceStill"]) probe(name, () => typeof globalThis[name] !== "undefined");`,
      code: only,
    },
    {
      mechanism: "a deep stack left at the top for the runtime to fall into",
      expect: ["threw", "ok", "cpu-exceeded"],
      prologue: `const down = () => { try { down(); } catch (e) { throw e; } }; down();`,
      code: only,
    },
    {
      mechanism: "a burn in every second evaluation, so that only spares hang",
      expect: ["ok", "cpu-exceeded"],
      prologue: `if (Math.random() < 0.5) for (;;);`,
      code: only,
    },
    {
      mechanism: "a native burn in most evaluations, so that spares hang when nothing runs",
      expect: ["ok", "cpu-exceeded"],
      cell: "either",
      prologue: `if (Math.random() < 0.7) { let n = 3n; for (;;) n = n * n; }`,
      code: only,
    },
    {
      mechanism: "a source map whose one source has a name of megabytes",
      expect: ["threw"],
      sourceMap: () =>
        JSON.stringify({
          version: 3,
          names: [],
          sources: ["s".repeat(4e6)],
          mappings: "AAAA;".repeat(60) + "AAAA",
        }),
      code: `() => { Error.stackTraceLimit = 500; const deep = (n) => { if (n === 0) throw new Error("x"); return deep(n - 1) + 1; }; return deep(200); }`,
    },
    {
      mechanism: "a source map of millions of segments",
      expect: ["threw"],
      sourceMap: () =>
        JSON.stringify({
          version: 3,
          names: [],
          sources: ["a.ts"],
          mappings: Array(40).fill("CAAC,".repeat(5e4)).join(";"),
        }),
      code: `() => { throw new Error("x"); }`,
    },
    {
      mechanism: "a source map's name with the patterns of replace in it",
      expect: ["threw"],
      sourceMap: () =>
        JSON.stringify({
          version: 3,
          names: [],
          sources: ["$`$'$&".repeat(1e4)],
          mappings: "AAAA;".repeat(60) + "AAAA",
        }),
      code: `() => { throw new Error("x"); }`,
    },
    {
      mechanism: "a source map of sections in sections, and one that is no map",
      expect: ["threw"],
      sourceMap: () => '{"version":3,"sections":['.repeat(1e4),
      code: `() => { throw new Error("x"); }`,
    },
    {
      mechanism: "a source map whose lines and columns are huge",
      expect: ["threw"],
      sourceMap: () =>
        JSON.stringify({
          version: 3,
          names: ["__proto__"],
          sources: [null, "../../../../etc/passwd", "__proto__"],
          mappings: "gggggggggggggC,AAAAA,CCCCC;;;;",
        }),
      code: `() => { throw new Error("x"); }`,
    },
    {
      mechanism: "scopes that the compiler needs minutes for, in a bundle large enough for a code cache",
      expect: ["threw", "cpu-exceeded", "ok", "crashed", "out-of-memory"],
      cell: "either",
      prologue: `${"(()=>{".repeat(400)}${"a;".repeat(400_000)}${"})".repeat(400)};`,
      code: only,
    },
    {
      mechanism: "words of memory and time in an error of the parser",
      expect: ["threw"],
      prologue: `let memory = 1; let memory = 2;`,
      code: only,
    },
    {
      mechanism: "HTML comments, hashbangs and line separators around the wrapper",
      expect: ["ok", "threw"],
      prologue: `<!-- */ } catch {}\n--> ; \u2028 void 0;`,
      code: only,
    },
  ],
};
