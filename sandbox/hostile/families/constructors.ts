import type { HostileFamily } from "../harness/program.ts";

export const constructors: HostileFamily = {
  name: "constructors",
  attacks:
    "The way out of every sandbox that shared an object with its host: from something given, by its constructor, to the host's globals.",
  programs: [
    {
      mechanism: "this.constructor.constructor",
      expect: ["ok"],
      code: `function () { probe("this", () => realmOf((this ?? globalThis).constructor)); probe("sloppy this", () => Function("return this.process ?? this.require")()); return { reached }; }`,
    },
    {
      mechanism: "the constructor of every value of the context",
      expect: ["ok"],
      code: `(context) => { const walk = (value, name, depth) => { if (depth > 4 || (typeof value !== "object" && typeof value !== "function") || value === null) return; probe(name, () => realmOf(value.constructor) || (typeof value === "function" && realmOf(value))); for (const key of Reflect.ownKeys(value)) { let next; try { next = value[key]; } catch { continue; } walk(next, name + "." + String(key), depth + 1); } }; walk(context, "context", 0); return { reached }; }`,
    },
    {
      mechanism: "a walk of everything reachable from the global",
      expect: ["ok", "cpu-exceeded"],
      limits: { cpuMs: 3_000 },
      timeoutMs: 7_000,
      code: `() => {
      const seen = new Set(), queue = [globalThis];
      while (queue.length > 0 && seen.size < 2e4) {
        const value = queue.pop();
        if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) continue;
        seen.add(value);
        probe("walk", () => isHost(value) || (typeof value === "function" && realmOf(value)));
        try { queue.push(Object.getPrototypeOf(value)); } catch {}
        for (const key of Reflect.ownKeys(value)) { try { const d = Object.getOwnPropertyDescriptor(value, key); queue.push(d.value, d.get, d.set); } catch {} }
      }
      return { reached: [...new Set(reached)] };
    }`,
    },
    {
      mechanism: "constructors of async, generator and async generator functions",
      expect: ["ok"],
      code: `async () => { for (const f of [async () => {}, function* () {}, async function* () {}]) { try { const made = f.constructor("return typeof process !== 'undefined'")(); const value = typeof made.next === "function" ? (await made.next()).value : await made; if (value === true) reached.push("realm"); } catch {} } return { reached }; }`,
    },
    {
      mechanism: "arguments.callee.caller and function.caller",
      expect: ["ok"],
      code: `function () { probe("callee", () => Function("return arguments.callee.caller")() !== null && realmOf(Function("return arguments.callee.caller")())); probe("caller", () => { const f = Function("return this"); return f.caller !== null && realmOf(f.caller); }); return { reached }; }`,
    },
    {
      mechanism: "import() of node's own modules",
      expect: ["ok", "threw"],
      code: `async () => { for (const name of ["node:fs", "fs", "node:child_process", "node:process", "file:///etc/passwd", "data:text/javascript,export default process"]) { try { const m = await import(name); if (m) reached.push(name); } catch {} try { const m = await Function("n", "return import(n)")(name); if (m) reached.push(name); } catch {} } return { reached }; }`,
    },
    {
      mechanism: "require, module, process and their kin by name",
      expect: ["ok"],
      code: `() => { for (const name of ["process", "require", "module", "exports", "__dirname", "__filename", "global", "Buffer", "Deno", "Bun", "WorkerGlobalScope", "importScripts", "ivm", "isolate", "_ivm", "vm", "load", "read", "readFile", "print", "quit", "d8", "gc", "version", "internalBinding", "primordials", "setImmediateInternal"]) probe(name, () => typeof globalThis[name] !== "undefined" && name !== "global"); return { reached }; }`,
    },
    {
      mechanism: "V8's own natives by percent sign",
      expect: ["ok"],
      code: `() => { for (const name of ["DebugPrint(1)", "SystemBreak()", "GetOptimizationStatus(f)", "AbortJS('x')", "HeapObjectVerify({})"]) probe(name, () => { Function("f", "return %" + name)(() => 1); return true; }); return { reached }; }`,
    },
    {
      mechanism: "names of the bridge that should be gone",
      expect: ["ok"],
      code: `() => { for (const key of Reflect.ownKeys(globalThis)) probe(String(key), () => /millrace|ivm|send|dispatch|bridge/i.test(String(key)) && String(key) !== "dispatchEvent"); return { reached }; }`,
    },
    {
      mechanism: "the source text of the runtime's functions",
      expect: ["ok"],
      code: `() => { for (const f of [fetch, setTimeout, console.log, URL, Headers, structuredClone]) probe("path", () => /node_modules|\\/work|\\/home|\\/root|file:/.test(String(f))); return { reached }; }`,
    },
    {
      mechanism: "a realm of one's own: ShadowRealm, iframe, Worker, vm",
      expect: ["ok"],
      code: `() => { for (const name of ["ShadowRealm", "Worker", "SharedWorker", "document", "window", "MessageChannel", "BroadcastChannel"]) probe(name, () => name === "MessageChannel" || name === "BroadcastChannel" ? realmOf(globalThis[name]) : typeof globalThis[name] !== "undefined"); return { reached }; }`,
    },
    {
      mechanism: "getters of accessors on the global, called with other receivers",
      expect: ["ok"],
      code: `() => { for (const key of Reflect.ownKeys(globalThis)) { const d = Object.getOwnPropertyDescriptor(globalThis, key); for (const f of [d.get, d.set]) if (f) for (const self of [undefined, null, {}, globalThis, f]) probe(String(key), () => isHost(f.call(self)) || realmOf(f)); } return { reached }; }`,
    },
    {
      mechanism: "a debugger statement and console hooks",
      expect: ["ok"],
      code: `() => { debugger; probe("inspector", () => typeof console._stdout !== "undefined" || typeof console.Console !== "undefined" || typeof console.context !== "undefined"); return { reached }; }`,
    },
    {
      mechanism: "the canary file and the environment by every global",
      expect: ["ok"],
      code: `({ input }) => { probe("file", () => globalThis.process.getBuiltinModule("fs").readFileSync(input.canaryFile, "utf8").length > 0); probe("env", () => globalThis.process.env[input.canaryVariable].length > 0); probe("env by context", () => context.env !== undefined); return { reached }; }`,
    },
  ],
};
