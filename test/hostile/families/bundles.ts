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
  ],
};
