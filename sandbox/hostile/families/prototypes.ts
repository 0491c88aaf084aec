import type { HostileFamily } from "../harness/program.ts";

export const prototypes: HostileFamily = {
  name: "prototypes",
  attacks:
    "Pollution: what every object inherits, changed, in the hope that the runtime, the cell or the host trips over it.",
  programs: [
    {
      mechanism: "Object.prototype.toJSON",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { Object.prototype.toJSON = () => "polluted"; return { reached }; }`,
    },
    {
      mechanism: "__proto__ in a parsed output",
      expect: ["ok"],
      code: `() => JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"reached":[]}')`,
    },
    {
      mechanism: "setters on Object.prototype for the protocol's own fields",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { for (const name of ["op", "type", "run", "outcome", "error", "lengths", "id", "ok"]) Object.defineProperty(Object.prototype, name, { get() { return "forged"; }, set() {}, configurable: true }); return { reached }; }`,
    },
    {
      mechanism: "numeric setters on Array.prototype",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { const seen = []; for (const at of [0, 1, 2]) Object.defineProperty(Array.prototype, at, { set(value) { seen.push = undefined; }, get() { return 7; }, configurable: true }); return { reached: Object.create(null) && [] }; }`,
    },
    {
      mechanism: "Map, Set and their iterators replaced",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { Map.prototype.get = () => { throw 1; }; Map.prototype.set = () => { throw 2; }; Map.prototype.delete = () => true; Set.prototype.has = () => false; return { reached }; }`,
    },
    {
      mechanism: "String.prototype replaced, so that nothing is cut",
      expect: ["ok", "threw", "cpu-exceeded", "timed-out", "out-of-memory", "crashed"],
      cell: "either",
      code: `() => { String.prototype.slice = function () { return String(this); }; String.prototype.trim = String.prototype.slice; for (let n = 0; n < 2_000; n += 1) console.log("x".repeat(1e6)); return { reached }; }`,
    },
    {
      mechanism: "Math replaced, so that delays are text",
      expect: ["ok", "threw", "cpu-exceeded", "timed-out"],
      code: `() => { Math.min = Math.max = Math.trunc = () => "1 2 3\\n".repeat(1e5); for (let n = 0; n < 50; n += 1) setTimeout(() => {}, 1); return { reached }; }`,
    },
    {
      mechanism: "Symbol.iterator of arrays replaced",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { Array.prototype[Symbol.iterator] = function* () { yield "forged"; }; return new Promise((done) => setTimeout(done, 5)); }`,
    },
    {
      mechanism: "Function.prototype.call and apply replaced to catch what is passed",
      expect: ["ok", "threw"],
      code: `() => { const seen = []; Function.prototype.call = function (...all) { seen.push(this, ...all); return Reflect.apply(this, all[0], all.slice(1)); }; Function.prototype.apply = function (self, all) { seen.push(this, self); return Reflect.apply(this, self, all); }; new URL("https://a.example"); new Headers({ a: "b" }); new TextEncoder().encode("x"); for (const one of seen) probe("caught", () => isHost(one) || (typeof one === "function" && realmOf(one))); return { reached }; }`,
    },
    {
      mechanism: "Promise constructor replaced",
      expect: ["ok", "threw", "timed-out"],
      code: `async () => { globalThis.Promise = class { constructor() { throw new Error("mine"); } }; await 1; return { reached }; }`,
    },
    {
      mechanism: "frozen built-ins that the runtime wants to write",
      expect: ["ok", "threw"],
      code: `() => { for (const one of [Object, Array, Promise, Map, JSON, Error, String]) { Object.freeze(one); Object.freeze(one.prototype); } Object.freeze(globalThis); return { reached }; }`,
    },
    {
      mechanism: "every global deleted",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { for (const key of Reflect.ownKeys(globalThis)) try { delete globalThis[key]; } catch {} return { reached: [] }; }`,
    },
    {
      mechanism: "globalThis with a proxy for a prototype",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { probe("prototype", () => Reflect.setPrototypeOf(globalThis, new Proxy({}, { get: (_, key) => key, has: () => true })) && typeof process === "object"); return { reached }; }`,
    },
    {
      mechanism: "Symbol.species and constructor of arrays that the runtime maps",
      expect: ["ok", "threw", "timed-out"],
      code: `() => { Object.defineProperty(Array, Symbol.species, { get: () => class { constructor() { throw new Error("mine"); } } }); return new Headers({ a: "1" }).get("a") === "1" ? { reached } : 0; }`,
    },
    {
      mechanism: "Error.prototype getters, so that every error lies",
      expect: ["threw"],
      code: `() => { Object.defineProperty(Error.prototype, "message", { get: () => "x".repeat(1e6) }); Object.defineProperty(Error.prototype, "name", { get: () => ({}) }); throw new Error(); }`,
    },
  ],
};
