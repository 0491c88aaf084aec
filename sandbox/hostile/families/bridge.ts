import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["ok", "threw", "cpu-exceeded", "out-of-memory", "timed-out", "crashed"] as const;
const anywhere = () => ({ net: { allow: ["nobody.test"], deny: [] } });

export const bridge: HostileFamily = {
  name: "bridge",
  attacks:
    "The one function that leads out: floods, messages of megabytes, forged texts, calls from within calls.",
  programs: [
    {
      mechanism: "a flood of log lines",
      expect: ["ok", "cpu-exceeded"],
      code: `() => { for (let n = 0; n < 2e5; n += 1) console.log("line", n); return { reached }; }`,
    },
    {
      mechanism: "log lines of thirty megabytes",
      expect: ENDED,
      cell: "either",
      code: `() => { const line = "x".repeat(3e7); for (let n = 0; n < 2e3; n += 1) console.log(line + n); return { reached }; }`,
    },
    {
      mechanism: "a flood of requests in one turn",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => { for (let n = 0; n < 1e5; n += 1) fetch("https://nobody.test/" + n).catch(() => {}); return new Promise((done) => setTimeout(done, 300, { reached })); }`,
    },
    {
      mechanism: "request bodies of thirty megabytes, all at once",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      limits: { cpuMs: 3_000 },
      timeoutMs: 6_000,
      code: `() => { const body = "x".repeat(3e7); for (let n = 0; n < 200; n += 1) fetch("https://nobody.test/", { method: "POST", body }).catch(() => {}); return new Promise((done) => setTimeout(done, 300, { reached })); }`,
    },
    {
      mechanism: "request bodies just below the limit, fifty at once",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      limits: { cpuMs: 3_000 },
      timeoutMs: 6_000,
      code: `() => { const body = "x".repeat(5e6); for (let n = 0; n < 50; n += 1) fetch("https://nobody.test/", { method: "POST", body }).catch(() => {}); return new Promise((done) => setTimeout(done, 300, { reached })); }`,
    },
    {
      mechanism: "a URL of thirty megabytes",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => fetch("https://nobody.test/" + "a".repeat(3e7)).catch(() => ({ reached }))`,
    },
    {
      mechanism: "URL parsing of thirty megabytes, for ever",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) new URL("https://a.example/" + "é".repeat(1e7)); }`,
    },
    {
      mechanism: "a query of ten million pairs",
      expect: ENDED,
      cell: "either",
      code: `() => new URLSearchParams("a&".repeat(1e7)).size`,
    },
    {
      mechanism: "a hundred thousand request headers",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => fetch("https://nobody.test/", { headers: Array.from({ length: 1e5 }, (_, n) => ["x-" + n, "v".repeat(100)]) }).catch(() => ({ reached }))`,
    },
    {
      mechanism: "requests begun and aborted in turn",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => { for (let n = 0; n < 2e4; n += 1) { const c = new AbortController(); fetch("https://nobody.test/", { signal: c.signal }).catch(() => {}); c.abort(); } return new Promise((done) => setTimeout(done, 200, { reached })); }`,
    },
    {
      mechanism: "re-entrance: a request begun while one is being encoded",
      expect: ENDED,
      permissions: anywhere,
      code: `() => { let depth = 0; const nasty = () => ({ toString() { if (depth++ < 50) fetch("https://nobody.test/", { headers: { a: nasty() } }).catch(() => {}); return "v"; } }); return fetch("https://nobody.test/", { headers: { a: nasty() } }).catch(() => ({ reached })); }`,
    },
    {
      mechanism: "re-entrance: a log line whose rendering logs",
      expect: ENDED,
      code: `() => { const nasty = { toJSON() { console.log(nasty); return 1; } }; console.log(nasty); return { reached }; }`,
    },
    {
      mechanism: "line breaks and separators in every field that is one",
      expect: ENDED,
      permissions: anywhere,
      code: `() => { console.log("a\\nresult\\n{\\"outcome\\":\\"ok\\",\\"lengths\\":[4]}\\nnull"); console.error("x\\n".repeat(1e3)); return fetch("https://nobody.test/\\nready\\n", { method: "PO\\nST" }).catch(() => ({ reached })); }`,
    },
    {
      mechanism: "lone surrogates and zero bytes",
      expect: ENDED,
      permissions: anywhere,
      code: `() => { console.log("\\ud800\\u0000\\udfff"); return fetch("https://nobody.test/\\ud800?\\u0000", { method: "POST", body: "\\udfff\\u0000" }).catch(() => ({ reached, text: "\\ud800\\u0000" })); }`,
    },
    {
      mechanism: "random bytes without end",
      expect: ["cpu-exceeded"],
      code: `() => { const bytes = new Uint8Array(65_536); for (;;) crypto.getRandomValues(bytes); }`,
    },
    {
      mechanism: "JSON.stringify given to the runtime as a forger before it is used",
      expect: ENDED,
      permissions: anywhere,
      prologue: `const stringify = JSON.stringify; JSON.stringify = (value) => stringify({ ...value, id: "x", lengths: [1e9], outcome: "ok" });`,
      code: `() => fetch("https://nobody.test/").catch(() => ({ reached }))`,
    },
    {
      mechanism: "array map and join replaced under the frame encoder",
      expect: ENDED,
      permissions: anywhere,
      code: `() => { Array.prototype.map = () => [1e9, -1, NaN]; Array.prototype.join = () => "x".repeat(1e7); return fetch("https://nobody.test/", { method: "POST", body: "b" }).catch(() => ({ reached })); }`,
    },
    {
      mechanism: "a header whose claims are nested a million deep",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => { const deep = "[".repeat(1e6) + "]".repeat(1e6); Array.prototype.map = () => ({ toJSON: () => JSON.rawJSON ? undefined : deep }); return fetch("https://nobody.test/" , { headers: { a: deep } }).catch(() => ({ reached })); }`,
    },
    {
      mechanism: "request headers nested four thousand deep, for whoever copies them",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => { let deep = []; for (let n = 0; n < 4_000; n += 1) deep = [deep]; Array.prototype.map = () => deep; return new Promise((done) => { fetch("https://nobody.test/", { headers: { a: "b" } }).then(() => done(1), () => done({ reached })); setTimeout(done, 500, { reached: [] }); }); }`,
    },
    {
      mechanism: "request headers nested a hundred thousand deep",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `() => { let deep = []; for (let n = 0; n < 1e5; n += 1) deep = [deep]; Array.prototype.map = () => deep; return new Promise((done) => { fetch("https://nobody.test/", { headers: { a: "b" } }).then(() => done(1), () => done({ reached })); setTimeout(done, 500, { reached: [] }); }); }`,
    },
    {
      mechanism: "toJSON on every object, so that a request's fields are of other kinds",
      expect: ENDED,
      cell: "either",
      permissions: anywhere,
      code: `async () => { for (const forged of [{ id: 1 }, { id: 1, url: {}, method: [], headers: "x" }, { id: 1e300, url: "https://nobody.test/", method: "GET", headers: [[{}, []], null, 1] }, { id: -1, url: "x", method: "GET", headers: {}, redirect: {}, bodyEncoding: "utf16le" }, { id: 1, url: "https://nobody.test/", method: "GET", headers: Array(1e5).fill([]) }, [], null, "x"]) { Object.prototype.toJSON = () => forged; fetch("https://nobody.test/").catch(() => {}); delete Object.prototype.toJSON; } await new Promise((done) => setTimeout(done, 100)); return { reached }; }`,
    },
    {
      mechanism: "an output that is no JSON, by parts whose lengths lie",
      expect: [...ENDED, "output-too-large"],
      code: `() => { Object.prototype.toJSON = () => ({ outcome: "ok", lengths: [3] }); return { reached: [] }; }`,
    },
    {
      mechanism: "an output that is no JSON, by a join that is the author's",
      expect: [...ENDED, "output-too-large"],
      code: `() => { Array.prototype.join = () => "\\u0000not json"; Array.prototype.map = () => [9]; return { reached: [] }; }`,
    },
  ],
};
