import type { HostileFamily } from "../harness/program.ts";

export const timers: HostileFamily = {
  name: "timers",
  attacks:
    "Time: burning in small pieces, staying after the end, holding a place for ever, measuring what is near.",
  programs: [
    {
      mechanism: "intervals that burn thirty milliseconds each",
      expect: ["cpu-exceeded"],
      code: `() => new Promise(() => setInterval(() => { const t = Date.now() + 30; while (Date.now() < t); }, 0))`,
    },
    {
      mechanism: "a thousand intervals of nothing",
      expect: ["cpu-exceeded", "timed-out"],
      code: `() => { for (let n = 0; n < 1_000; n += 1) setInterval(() => {}, 0); return new Promise(() => {}); }`,
    },
    {
      mechanism: "more timers than there may be",
      expect: ["threw"],
      code: `() => { for (let n = 0; n < 5_000; n += 1) setTimeout(() => {}, 1e6); }`,
    },
    {
      mechanism: "timers that go on after the step's end",
      expect: ["ok"],
      code: `() => { setInterval(() => { for (;;); }, 1); return { reached }; }`,
    },
    {
      mechanism: "a timer that throws after the step's end",
      expect: ["ok"],
      code: `() => { setTimeout(() => { throw new Error("late"); }, 1); return { reached }; }`,
    },
    {
      mechanism: "a request begun by a timer after the end",
      expect: ["ok"],
      permissions: () => ({ net: { allow: ["nobody.test"], deny: [] } }),
      code: `() => { setTimeout(() => fetch("https://nobody.test/"), 1); return { reached }; }`,
    },
    {
      mechanism: "waiting beyond the step's time",
      expect: ["timed-out"],
      timeoutMs: 500,
      code: `() => new Promise((done) => setTimeout(done, 60_000))`,
    },
    {
      mechanism: "a chain of short timers beyond the step's time",
      expect: ["timed-out", "cpu-exceeded"],
      timeoutMs: 800,
      code: `() => new Promise(() => { const again = () => setTimeout(again, 5); again(); })`,
    },
    {
      mechanism: "delays that are no numbers",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { for (const delay of [NaN, Infinity, -1, 2 ** 40, "1e9", {}, [], Symbol.iterator, 1n, { valueOf() { throw 1; } }]) try { clearTimeout(setTimeout(() => {}, delay)); } catch {} return { reached }; }`,
    },
    {
      mechanism: "ids of others, cleared",
      expect: ["ok"],
      code: `() => { for (let id = -10; id < 1e4; id += 1) { clearTimeout(id); clearInterval(id); } clearTimeout(NaN); clearTimeout({}); return { reached }; }`,
    },
    {
      mechanism: "a clock fine enough to see the neighbour's cache",
      expect: ["ok", "cpu-exceeded"],
      code: `() => { const steps = new Set(); for (let n = 0; n < 2e3; n += 1) { const a = performance.now(), b = performance.now(); if (b > a) steps.add(b - a); } probe("finer than 0.05 ms", () => Math.min(...steps) < 0.05); return { reached }; }`,
    },
    {
      mechanism: "a counter in shared memory for a clock",
      expect: ["ok"],
      code: `() => { probe("shared counter", () => new SharedArrayBuffer(8) !== undefined); return { reached }; }`,
    },
    {
      mechanism: "burning just below what is told of",
      expect: ["cpu-exceeded"],
      code: `() => new Promise(() => { const again = () => { const t = Date.now() + 15; while (Date.now() < t); setTimeout(again, 0); }; again(); })`,
    },
    {
      mechanism: "an AbortSignal.timeout for each request of a million",
      expect: ["threw", "ok", "cpu-exceeded", "out-of-memory", "timed-out"],
      cell: "either",
      code: `() => { for (let n = 0; n < 1e6; n += 1) AbortSignal.timeout(1e6); return { reached }; }`,
    },
  ],
};
