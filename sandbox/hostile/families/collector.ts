import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["ok", "cpu-exceeded", "out-of-memory", "timed-out", "threw", "crashed"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const collector: HostileFamily = {
  name: "collector",
  attacks:
    "What runs when nobody calls: finalizers, weak references and disposers, between bursts and after the outcome.",
  programs: [
    {
      mechanism: "a finalizer that registers what it is told of again",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { const again = () => registry.register({}, 0); const registry = new FinalizationRegistry(() => { again(); again(); }); for (let n = 0; n < 1e3; n += 1) again(); for (let n = 0; n < 40; n += 1) { new Uint8Array(2e7); await new Promise((done) => setTimeout(done, 5)); } return { reached }; }`,
    },
    {
      mechanism: "a finalizer left behind that floods microtasks",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { globalThis.registry = new FinalizationRegistry(() => { const f = () => Promise.resolve().then(f); f(); }); for (let n = 0; n < 1e4; n += 1) registry.register({ n }, n); await new Promise((done) => setTimeout(done, 1)); for (let n = 0; n < 10; n += 1) new Uint8Array(2e7); return { reached }; }`,
    },
    {
      mechanism: "a finalizer that throws what loops when it is looked at",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { const registry = new FinalizationRegistry(() => { throw { get message() { for (;;); }, get stack() { for (;;); }, toString() { for (;;); } }; }); for (let n = 0; n < 1e3; n += 1) registry.register({ n }, n); for (let n = 0; n < 30; n += 1) { new Uint8Array(2e7); await new Promise((done) => setTimeout(done, 5)); } return { reached }; }`,
    },
    {
      mechanism: "a finalizer that starts requests and timers after the end",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      permissions: () => ({ net: { allow: ["nobody.test"], deny: [] } }),
      code: `async () => { globalThis.registry = new FinalizationRegistry(() => { fetch("https://nobody.test/").catch(() => {}); setInterval(() => { for (;;); }, 0); console.log("late"); }); for (let n = 0; n < 1e4; n += 1) registry.register({ n }, n); for (let n = 0; n < 10; n += 1) new Uint8Array(2e7); return { reached }; }`,
    },
    {
      mechanism: "ten million registrations for one object",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const registry = new FinalizationRegistry(() => {}), target = {}; for (let n = 0; n < 1e7; n += 1) registry.register(target, n, target); return registry.unregister(target); }`,
    },
    {
      mechanism: "weak references polled until something of another is seen",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { const refs = Array.from({ length: 1e4 }, (_, n) => new WeakRef({ n })); for (let n = 0; n < 30; n += 1) { new Uint8Array(2e7); await new Promise((done) => setTimeout(done, 5)); for (const [at, ref] of refs.entries()) { const value = ref.deref(); if (value !== undefined && value.n !== at) reached.push("foreign"); } } return { reached }; }`,
    },
    {
      mechanism: "ephemerons in a chain: each collection looks at all of them",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { let key = {}; const first = key, maps = []; for (let n = 0; n < 2e5; n += 1) { const map = new WeakMap(), next = {}; map.set(key, next); maps.push(map); key = next; } for (;;) new Array(1e5).fill(first); }`,
    },
    {
      mechanism: "a collection forced by buffers, without end",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) new ArrayBuffer(6e7); }`,
    },
    {
      mechanism: "a disposable stack of ten million",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const stack = new DisposableStack(); for (let n = 0; n < 1e7; n += 1) stack.defer(() => {}); stack.dispose(); return { reached }; }`,
    },
    {
      mechanism: "disposers that throw, each suppressing the one before",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const stack = new DisposableStack(); for (let n = 0; n < 1e5; n += 1) stack.defer(() => { throw new Error("e" + n); }); stack.dispose(); }`,
    },
    {
      mechanism: "an async disposer that never settles",
      expect: ["timed-out"],
      code: `async () => { const stack = new AsyncDisposableStack(); stack.defer(() => new Promise(() => {})); await stack.disposeAsync(); }`,
    },
    {
      mechanism: "a disposer that disposes its own stack",
      expect: ENDED,
      code: `() => { const stack = new DisposableStack(); stack.defer(() => { stack.dispose(); try { stack.defer(() => {}); } catch {} }); stack.dispose(); return { reached }; }`,
    },
    {
      mechanism: "a heap of strings that are external to it",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (let n = 0; ; n += 1) kept.push(new TextDecoder().decode(new Uint8Array(1e6).fill(97 + (n % 20)))); }`,
    },
  ],
};
