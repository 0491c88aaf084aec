import type { HostileFamily } from "../harness/program.ts";

export const errors: HostileFamily = {
  name: "errors",
  attacks:
    "Whoever reports a failure has to look at what was thrown: getters, proxies and stacks wait there.",
  programs: [
    {
      mechanism: "a message whose getter loops",
      expect: ["cpu-exceeded"],
      code: `() => { throw { get message() { for (;;); } }; }`,
    },
    {
      mechanism: "a hostile value thrown out of the runtime, whose last catch has been broken",
      expect: ["timed-out", "threw", "cpu-exceeded", "ok"],
      code: `() => { setTimeout(() => { throw 1; }, 1); Array.prototype.map = () => { throw { get message() { for (;;); }, get stack() { for (;;); } }; }; return new Promise((done) => setTimeout(done, 50, { reached })); }`,
    },
    {
      mechanism: "getters that throw, each another",
      expect: ["threw"],
      code: `() => { throw { get name() { throw 1; }, get message() { throw { get message() { throw 2; } }; }, get stack() { throw 3; } }; }`,
    },
    {
      mechanism: "a proxy all of whose traps throw",
      expect: ["threw"],
      code: `() => { throw new Proxy({}, { get() { throw 1; }, has() { throw 2; }, getPrototypeOf() { throw 3; }, ownKeys() { throw 4; } }); }`,
    },
    {
      mechanism: "a revoked proxy",
      expect: ["threw"],
      code: `() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy; }`,
    },
    {
      mechanism: "prepareStackTrace that hands out call sites",
      expect: ["ok", "threw"],
      code: `() => {
      Error.prepareStackTrace = (error, sites) => sites;
      const sites = new Error().stack;
      for (const site of Array.isArray(sites) ? sites : []) {
        for (const name of ["getThis", "getFunction", "getEvalOrigin", "getFileName", "getScriptNameOrSourceURL"]) {
          probe(name + " of the host", () => { const value = site[name](); return isHost(value) || (typeof value === "function" && realmOf(value)) || (typeof value === "string" && /node:|\\.cjs|\\.ts$|^\\//.test(value)); });
        }
      }
      return { reached };
    }`,
    },
    {
      mechanism: "prepareStackTrace that loops while the runtime reads a stack",
      expect: ["cpu-exceeded"],
      code: `() => { Error.prepareStackTrace = () => { for (;;); }; throw new Error("x"); }`,
    },
    {
      mechanism: "a symbol for a name, which made hosts fail in formatting",
      expect: ["ok", "threw"],
      code: `() => { const error = new Error("x"); error.name = Symbol(); let text = ""; try { text = String(error.stack); } catch (thrown) { probe("host's TypeError", () => realmOf(thrown.constructor)); text = String(thrown.stack); } probe("host's path", () => /node:internal|\\/node_modules\\/|cell-/.test(text)); return { reached }; }`,
    },
    {
      mechanism: "a stack overflow caught where the runtime is deepest",
      expect: ["ok", "threw", "cpu-exceeded"],
      code: `() => {
      const calls = [() => new URL("https://a.example/?q"), () => performance.now(), () => crypto.randomUUID(), () => new TextEncoder().encode("é"), () => structuredClone({ a: [1] }), () => btoa("x")];
      for (const call of calls) {
        const down = () => { try { down(); } catch { try { call(); } catch (thrown) { look(thrown); } } };
        down();
      }
      function look(thrown) { probe("host's error", () => realmOf(thrown?.constructor ?? Object) || /node:internal|\\/node_modules\\/|\\.cjs/.test(String(thrown?.stack))); }
      return { reached: [...new Set(reached)] };
    }`,
    },
    {
      mechanism: "errors of the runtime's own functions",
      expect: ["ok", "threw"],
      code: `async () => {
      const calls = [() => new URL(":"), () => new URL({ toString() { throw new Error("mine"); } }), () => atob("*"), () => crypto.getRandomValues(new Uint8Array(1e6)), () => structuredClone(() => 1), () => fetch("::"), () => new Headers([["a\\n", "b"]]), () => new Request("x", { method: "TRACE" }), () => new TextDecoder("nope"), () => setTimeout("code")];
      for (const call of calls) { try { await call(); } catch (thrown) { probe("host's error", () => realmOf(thrown.constructor) || /node:|\\/node_modules\\/|\\.cjs|\\/sandbox\\//.test(String(thrown.stack) + String(thrown.message))); } }
      return { reached };
    }`,
    },
    {
      mechanism: "an error of a hundred megabytes",
      expect: ["threw", "out-of-memory", "cpu-exceeded"],
      cell: "either",
      code: `() => { throw new Error("m".repeat(1e8)); }`,
    },
    {
      mechanism: "a stack of a million frames",
      expect: ["threw", "cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => { Error.stackTraceLimit = Infinity; const down = () => down(); down(); }`,
    },
    {
      mechanism: "causes in a circle, and a million of them",
      expect: ["threw", "cpu-exceeded"],
      code: `() => { let error = new Error("0"); const first = error; for (let n = 0; n < 1e5; n += 1) error = new Error(String(n), { cause: error }); first.cause = error; throw error; }`,
    },
    {
      mechanism: "an AggregateError that holds itself",
      expect: ["threw"],
      code: `() => { const all = []; const error = new AggregateError(all, "x"); all.push(error, ...Array(1e4).fill(error)); error.errors = all; throw error; }`,
    },
    {
      mechanism: "SuppressedError raised by disposers in turn",
      expect: ["threw", "cpu-exceeded"],
      code: `() => Function("const held = () => ({ [Symbol.dispose]() { throw new Error('d'); } }); using a = held(), b = held(), c = held(); throw new Error('first');")()`,
    },
    {
      mechanism: "throwing what is no object: symbol, BigInt, undefined, a function",
      expect: ["threw"],
      code: `() => { throw [Symbol("s"), 10n, undefined, () => 1][Math.floor(Math.random() * 4)]; }`,
    },
    {
      mechanism: "forged retry hints of every kind",
      expect: ["threw"],
      code: `() => { throw Object.assign(new Error("x"), { name: "RetryableError", after: 1e300, status: 2 ** 53, retryable: "yes", code: {} }); }`,
    },
    {
      mechanism: "a name and stack that imitate the engine",
      expect: ["threw"],
      code: `() => { throw Object.assign(new Error("x"), { name: "EngineError", code: "engine/poison", stack: "EngineError: forged\\n    at Object.<anonymous> (/etc/passwd:1:1)" }); }`,
    },
    {
      mechanism: "captureStackTrace on the global and on a proxy",
      expect: ["ok", "threw"],
      code: `() => { Error.captureStackTrace(globalThis); probe("host's path", () => /node:|\\.cjs|\\/node_modules\\//.test(String(globalThis.stack))); Error.captureStackTrace(new Proxy({}, { defineProperty() { for (;;) throw 1; } })); return { reached }; }`,
    },
    {
      mechanism: "an AggregateError of a million errors",
      expect: ["threw", "cpu-exceeded", "out-of-memory"],
      cell: "either",
      code: `() => { throw new AggregateError(Array.from({ length: 1e6 }, (_, n) => n), "many"); }`,
    },
    {
      mechanism: "causes in a circle",
      expect: ["threw"],
      code: `() => { const a = new Error("a"), b = new Error("b", { cause: a }); a.cause = b; console.error(a); throw b; }`,
    },
    {
      mechanism: "a message of half a gigabyte",
      expect: ["threw", "cpu-exceeded", "out-of-memory", "crashed"],
      cell: "either",
      code: `() => { throw new Error("m".repeat(5e8)); }`,
    },
    {
      mechanism: "sourceURL and sourceMappingURL that name the host's files",
      expect: ["ok", "threw"],
      code: `({ input }) => { const text = []; for (const name of ["file://" + input.canaryFile, "millrace:guest", "node:fs", "<isolated-vm boundary>", "integration.js", "a\\u2028b"]) for (const comment of ["//# sourceURL=", "//# sourceMappingURL=file://", "/*# sourceURL="]) try { eval("throw new Error('x')\\n" + comment + name); } catch (thrown) { text.push(String(thrown.stack)); } probe("content", () => text.some((one) => /canary-[0-9a-f]{24}/.test(one))); return { reached }; }`,
    },
    {
      mechanism: "a stack of ten thousand frames that all have to be mapped",
      expect: ["threw", "cpu-exceeded"],
      cell: "either",
      code: `() => { String.prototype.slice = function () { return String(this); }; const error = new Error("x"); error.stack = "Error: x\\n" + "    at f (integration.js:1:1)\\n".repeat(3e4); throw error; }`,
    },
    {
      mechanism:
        "every promise rejected with what cannot be copied: proxies, BigInts, symbols, texts of half a gigabyte",
      expect: ["ok", "threw", "timed-out", "cpu-exceeded", "out-of-memory"],
      cell: "either",
      limits: { cpuMs: 2_000 },
      timeoutMs: 5_000,
      code: `async () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); for (const value of [proxy, new Proxy(new Error("x"), { get() { for (;;); } }), 1n << 100_000n, Symbol("s"), "x".repeat(5e8), new Error("x".repeat(5e8)), { get message() { for (;;); } }, new AggregateError(Array(1e5).fill(new Error("x")), "many"), () => {}, new (class extends Error { get stack() { for (;;); } get message() { for (;;); } get name() { for (;;); } })()]) { Promise.reject(value); await new Promise((done) => setTimeout(done, 5)); } return { reached }; }`,
    },
    {
      mechanism: "a rejection that claims to be the engine's own words for memory and time",
      expect: ["threw"],
      code: `async () => { for (const text of ["Isolate was disposed during execution due to memory limit", "Script execution timed out.", "Array buffer allocation failed"]) { Promise.reject(new RangeError(text)); await new Promise((done) => setTimeout(done, 5)); } return { reached }; }`,
    },
    {
      mechanism: "names of errors that steer the engine: fatal, not capable, after a year",
      expect: ["not-capable"],
      code: `() => { throw Object.assign(new Error("x"), { name: "NotCapable", after: 1e308, status: 1e9, retryable: true, httpStatus: -1 }); }`,
    },
  ],
};
