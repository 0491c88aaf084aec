import type { HostileFamily } from "../harness/program.ts";

export const promises: HostileFamily = {
  name: "promises",
  attacks:
    "The same through the microtask queue, which no timer can come between; and waits that nothing ends.",
  programs: [
    {
      mechanism: "a microtask that queues itself",
      expect: ["cpu-exceeded"],
      code: `() => { const f = () => Promise.resolve().then(f); f(); return new Promise(() => {}); }`,
    },
    {
      mechanism: "queueMicrotask that queues itself twice",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => { const f = () => { queueMicrotask(f); queueMicrotask(f); }; f(); return new Promise(() => {}); }`,
    },
    {
      mechanism: "an async function that awaits for ever",
      expect: ["cpu-exceeded"],
      code: `async () => { for (;;) await null; }`,
    },
    {
      mechanism: "an async generator without end",
      expect: ["cpu-exceeded"],
      code: `async () => { async function* g() { for (;;) yield 1; } for await (const n of g()); }`,
    },
    {
      mechanism: "a thenable whose then loops",
      expect: ["cpu-exceeded"],
      code: `() => ({ then() { for (;;); } })`,
    },
    {
      mechanism: "a thenable that resolves to another, for ever",
      expect: ["cpu-exceeded"],
      code: `() => { const t = { then: (done) => done({ then: t.then }) }; return t; }`,
    },
    {
      mechanism: "a getter named then that loops",
      expect: ["cpu-exceeded"],
      code: `() => ({ get then() { for (;;); } })`,
    },
    {
      mechanism: "Promise.all over an endless iterator",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => Promise.all({ *[Symbol.iterator]() { for (;;) yield 1; } })`,
    },
    {
      mechanism: "Promise.race of a million that never settle",
      expect: ["timed-out", "cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => Promise.race(Array.from({ length: 1e6 }, () => new Promise(() => {})))`,
    },
    {
      mechanism: "a chain of ten million then",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => { let p = Promise.resolve(); for (let n = 0; n < 1e7; n += 1) p = p.then(() => n); return p; }`,
    },
    {
      mechanism: "a promise that nothing can settle",
      expect: ["timed-out"],
      code: `() => new Promise(() => {})`,
    },
    {
      mechanism: "a flood of rejections that nobody handles",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `async () => { for (;;) { Promise.reject(new Error("x".repeat(100))); await null; } }`,
    },
    {
      mechanism: "a species constructor that loops",
      expect: ["cpu-exceeded"],
      code: `() => { class P extends Promise { static get [Symbol.species]() { for (;;); } } return P.resolve(1).then(() => 2); }`,
    },
    {
      mechanism: "Promise.prototype.then replaced by a loop",
      expect: ["cpu-exceeded", "ok", "threw", "timed-out"],
      code: `async () => { Promise.prototype.then = () => { for (;;); }; return Promise.resolve(await 1); }`,
    },
    {
      mechanism: "a rejection that nobody handles, whose stack loops when it is read",
      expect: ["ok", "cpu-exceeded", "timed-out"],
      cell: "either",
      code: `() => { const error = new Error("x"); Object.defineProperty(error, "stack", { get() { for (;;); } }); Promise.reject(error); return { reached }; }`,
    },
    {
      mechanism: "microtasks left burning after the result",
      expect: ["ok", "cpu-exceeded"],
      code: `() => { const f = () => Promise.resolve().then(f); setTimeout(f, 0); return 1; }`,
    },
    {
      mechanism: "microtasks started by the return value's toJSON",
      expect: ["cpu-exceeded", "ok"],
      code: `() => ({ toJSON() { const f = () => Promise.resolve().then(f); f(); return 1; } })`,
    },
    {
      mechanism: "Array.fromAsync over an endless async iterator",
      expect: ["cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => Array.fromAsync({ async *[Symbol.asyncIterator]() { for (;;) yield 1; } })`,
    },
    {
      mechanism: "finalizers that loop when the collector has run",
      expect: ["ok", "cpu-exceeded", "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      code: `async () => {
      const registry = new FinalizationRegistry(() => { for (;;); });
      for (let n = 0; n < 1_000; n += 1) registry.register({ n }, n);
      for (let n = 0; n < 30; n += 1) { new Uint8Array(2e7); await new Promise((done) => setTimeout(done, 5)); }
      return { reached };
    }`,
    },
    {
      mechanism: "a step that returns a thenable which settles twice, the second time with a bomb",
      expect: ["ok", "threw", "output-too-large"],
      code: `() => ({ then(done, fail) { done({ reached }); fail(new Error("late")); done("x".repeat(6e6)); } })`,
    },
    {
      mechanism: "a class of promises whose constructor, species and then are all the author's",
      expect: ["ok", "threw", "timed-out", "cpu-exceeded"],
      code: `() => { class P extends Promise { constructor(run) { super((done, fail) => { run(done, fail); run(fail, done); }); } then(f, g) { f?.({ reached: [] }); return super.then(f, g); } } return new P((done) => done({ reached: [] })); }`,
    },
    {
      mechanism: "an async iterator whose next is a getter that gives another each time",
      expect: ["cpu-exceeded"],
      code: `async () => { const it = { [Symbol.asyncIterator]() { return { get next() { return async () => ({ done: false, get value() { return it; } }); } }; } }; for await (const one of it) void one; }`,
    },
    {
      mechanism: "a hundred thousand async generators, each waiting for the one before",
      expect: ["cpu-exceeded", "out-of-memory", "ok", "threw"],
      cell: "either",
      code: `async () => { async function* wrap(of) { yield* of; } let g = (async function* () { for (;;) yield 1; })(); for (let n = 0; n < 1e5; n += 1) g = wrap(g); return (await g.next()).value; }`,
    },
    {
      mechanism: "Promise.withResolvers handed round in a circle of ten thousand",
      expect: ["timed-out", "threw", "cpu-exceeded"],
      code: `() => { const all = Array.from({ length: 1e4 }, () => Promise.withResolvers()); all.forEach((one, at) => one.resolve(all[(at + 1) % all.length].promise)); return all[0].promise; }`,
    },
    {
      mechanism: "Promise.try of a function that burns in its microtask",
      expect: ["cpu-exceeded"],
      code: `() => Promise.try(async () => { await 1; for (;;); })`,
    },
  ],
};
