import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["ok", "threw", "cpu-exceeded", "out-of-memory", "timed-out"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

/** Of an instance: what a step keeps from execution to execution is answered by the host itself. */
export const state: HostileFamily = {
  name: "state",
  attacks:
    "The host's own desk: what a step asks of its instance's state is read by the worker, not by the cell.",
  programs: [
    {
      mechanism: "a comparison of five megabytes, fifty times",
      expect: ENDED,
      limits,
      timeoutMs,
      code: `async ({ state }) => { const expected = {}; for (let n = 0; n < 1e5; n += 1) expected["k" + ((n * 7_919) % 400_009)] = 0; const all = []; for (let n = 0; n < 40; n += 1) all.push(state.compareAndSet("a", expected, 1).catch(() => {})); await Promise.all(all); return { reached }; }`,
    },
    {
      mechanism: "a value nested a million deep",
      expect: ENDED,
      limits,
      timeoutMs,
      code: `async ({ state }) => { let deep = []; for (let n = 0; n < 1e6; n += 1) deep = [deep]; for (const call of [() => state.set("a", deep), () => state.append("b", deep), () => state.compareAndSet("a", deep, deep)]) await call().catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "values above the limit, one after another",
      expect: ENDED,
      limits,
      timeoutMs,
      code: `async ({ state }) => { const value = "x".repeat(4e6); for (let n = 0; n < 40; n += 1) await state.set("a" + n, value).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "a value that its own append doubles",
      expect: ENDED,
      limits,
      timeoutMs,
      code: `async ({ state }) => { for (let n = 0; n < 45; n += 1) await state.append("list", "y".repeat(6e4)).catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "keys that are prototypes, paths and control characters",
      expect: ENDED,
      code: `async ({ state }) => { for (const key of ["__proto__", "constructor", "toString", "../../other", "a\\u0000b", "\\ud800", "instance/a", "flow/../instance", "%00", "' OR 1=1 --"]) { await state.set(key, { __proto__: null, polluted: true }).catch(() => {}); await state.get(key).catch(() => {}); } probe("polluted", () => ({}).polluted === true); return { reached }; }`,
    },
    {
      mechanism: "scopes and operations that there are not, written by hand",
      expect: ENDED,
      code: `async () => { const ask = async (body) => { try { return await (await fetch("millrace-state:", { method: "POST", body })).text(); } catch (thrown) { return String(thrown.message); } }; const said = []; for (const body of ["", "{", "null", "[]", '{"op":"get"}', '{"op":"get","scope":"organization","key":"a"}', '{"op":"__proto__","scope":"instance","key":"a"}', '{"op":"increment","scope":"instance","key":"a","by":1e999}', '{"op":"increment","scope":"instance","key":"a","by":null}', '{"op":"append","scope":"instance","key":"a","value":1,"keep":-1}', '{"op":"set","scope":"instance","key":"a"}']) said.push(await ask(body)); probe("host's path", () => said.some((text) => /\\/node_modules\\/|\\/src\\/|node:internal|\\.ts/.test(text))); return { reached, said }; }`,
    },
    {
      mechanism: "the state of others by its address in other spellings",
      expect: ENDED,
      code: `async () => { for (const url of ["millrace-state:other", "millrace-state://instance/other", "MILLRACE-STATE:", "millrace-state:?scope=organization", "millrace-state:#x"]) try { const r = await fetch(url, { method: "POST", body: '{"op":"get","scope":"instance","key":"a"}' }); await r.text(); if (url !== "MILLRACE-STATE:" && url !== "millrace-state:#x") reached.push(url); } catch {} return { reached }; }`,
    },
    {
      mechanism: "more questions than there may be requests",
      expect: ["threw"],
      limits,
      timeoutMs,
      code: `async ({ state }) => { for (let n = 0; n < 100; n += 1) await state.get("a"); }`,
    },
    {
      mechanism: "questions that nobody waits for, left at the end",
      expect: ["ok"],
      code: `({ state }) => { for (let n = 0; n < 40; n += 1) state.increment("n").catch(() => {}); return { reached }; }`,
    },
    {
      mechanism: "numbers that are none, added",
      expect: ENDED,
      code: `async ({ state }) => { for (const by of [Infinity, NaN, -0, 1e308, "1", 1n, {}, [], null]) await state.increment("n", by).catch(() => {}); await state.increment("n", 1e308).catch(() => {}); await state.increment("n", 1e308).catch(() => {}); return { reached, n: await state.get("n").catch(() => "none") }; }`,
    },
    {
      mechanism: "whitespace around a question, megabytes of it",
      expect: ENDED,
      limits,
      timeoutMs,
      code: `async () => { for (let n = 0; n < 20; n += 1) await fetch("millrace-state:", { method: "POST", body: " ".repeat(4e6) + '{"op":"get","scope":"instance","key":"a"}' }).catch(() => {}); return { reached }; }`,
    },
  ],
};
