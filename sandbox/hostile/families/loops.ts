import type { HostileFamily } from "../harness/program.ts";

export const loops: HostileFamily = {
  name: "loops",
  attacks: "The core that others need: code that never comes back, in every form the language has.",
  programs: [
    { mechanism: "an endless for", expect: ["cpu-exceeded"], code: `() => { for (;;); }` },
    {
      mechanism: "an endless while that calls",
      expect: ["cpu-exceeded"],
      code: `() => { const f = (n) => n + 1; let n = 0; while (true) n = f(n); }`,
    },
    {
      mechanism: "an endless do-while in a catch",
      expect: ["cpu-exceeded"],
      code: `() => { try { throw 1; } catch { do {} while (true); } }`,
    },
    {
      mechanism: "an endless loop in finally, after a return",
      expect: ["cpu-exceeded"],
      code: `() => { try { return 1; } finally { for (;;); } }`,
    },
    {
      mechanism: "a loop that catches whatever would end it",
      expect: ["cpu-exceeded"],
      code: `() => { for (;;) { try { for (;;); } catch {} finally { continue; } } }`,
    },
    {
      mechanism: "two functions that call each other by a trampoline",
      expect: ["cpu-exceeded"],
      code: `() => { const a = () => b, b = () => a; let next = a; for (;;) next = next(); }`,
    },
    {
      mechanism: "recursion that catches its own stack overflow, without end",
      expect: ["cpu-exceeded", "threw"],
      code: `() => { const down = () => { try { down(); } catch { down(); } }; for (;;) down(); }`,
    },
    {
      mechanism: "exponential recursion",
      expect: ["cpu-exceeded"],
      code: `() => { const f = (n) => n < 2 ? n : f(n - 1) + f(n - 2); return f(60); }`,
    },
    {
      mechanism: "a generator that yields for ever",
      expect: ["cpu-exceeded"],
      code: `() => { function* g() { for (;;) yield 1; } let sum = 0; for (const n of g()) sum += n; return sum; }`,
    },
    {
      mechanism: "yield* of itself, ever deeper",
      expect: ["threw", "cpu-exceeded", "out-of-memory"],
      code: `() => { function* g() { yield* g(); } return [...g()]; }`,
    },
    {
      mechanism: "an iterator that is never done, spread into a call",
      expect: ["out-of-memory", "threw", "cpu-exceeded"],
      cell: "either",
      code: `() => Math.max(...{ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) })`,
    },
    {
      mechanism: "an iterator whose return() loops",
      expect: ["cpu-exceeded"],
      code: `() => { const it = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }), return() { for (;;); } }) }; for (const x of it) break; }`,
    },
    {
      mechanism: "destructuring an endless iterator",
      expect: ["out-of-memory", "cpu-exceeded"],
      cell: "either",
      code: `() => { const [...all] = { *[Symbol.iterator]() { for (;;) yield {}; } }; return all.length; }`,
    },
    {
      mechanism: "a getter that loops, read by the runtime",
      expect: ["cpu-exceeded"],
      code: `() => ({ get a() { for (;;); } })`,
    },
    {
      mechanism: "a Proxy trap that loops, met by JSON",
      expect: ["cpu-exceeded"],
      code: `() => new Proxy({}, { ownKeys() { for (;;); } })`,
    },
    {
      mechanism: "Symbol.toPrimitive that loops",
      expect: ["cpu-exceeded"],
      code: `() => String({ [Symbol.toPrimitive]() { for (;;); } })`,
    },
    {
      mechanism: "Symbol.hasInstance that loops",
      expect: ["cpu-exceeded"],
      code: `() => ({}) instanceof { [Symbol.hasInstance]() { for (;;); } }`,
    },
    {
      mechanism: "a class whose static block loops",
      expect: ["cpu-exceeded"],
      code: `() => class { static { for (;;); } }`,
    },
    {
      mechanism: "a loop in code made by Function",
      expect: ["cpu-exceeded"],
      code: `() => Function("for (;;);")()`,
    },
    { mechanism: "a loop in indirect eval", expect: ["cpu-exceeded"], code: `() => (0, eval)("for (;;);")` },
    {
      mechanism: "labels and continue over a large switch",
      expect: ["cpu-exceeded"],
      code: `() => { let n = 0; out: for (;;) { switch (n++ & 3) { case 0: continue out; default: continue out; } } }`,
    },
    {
      mechanism: "Date.now polled until next year",
      expect: ["cpu-exceeded"],
      code: `() => { const until = Date.now() + 3e10; while (Date.now() < until); }`,
    },
    {
      mechanism: "performance.now polled: a call of the bridge each time",
      expect: ["cpu-exceeded"],
      code: `() => { for (;;) performance.now(); }`,
    },
    {
      mechanism: "using, with a disposer that loops",
      expect: ["cpu-exceeded", "threw"],
      code: `() => Function("{ using held = { [Symbol.dispose]() { for (;;); } }; }")()`,
    },
  ],
};
