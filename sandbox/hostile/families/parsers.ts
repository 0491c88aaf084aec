import type { HostileFamily } from "../harness/program.ts";

const ENDED = ["ok", "threw", "cpu-exceeded", "out-of-memory", "crashed", "timed-out"] as const;
const limits = { cpuMs: 2_000 };
const timeoutMs = 6_000;

export const parsers: HostileFamily = {
  name: "parsers",
  attacks:
    "Texts that are read outside of the isolate, or by the runtime within it: addresses, queries, encodings, forms, XML, permissions.",
  programs: [
    {
      mechanism: "a host name of a million different characters, for punycode",
      expect: ENDED,
      cell: "either",
      code: `() => { let host = ""; for (let n = 0; n < 2e5; n += 1) host += String.fromCodePoint(0x4e00 + (n % 20_000)); return URL.canParse("https://" + host + ".example/"); }`,
    },
    {
      mechanism: "a host name that is punycode of megabytes",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) URL.canParse("https://xn--" + "a9b".repeat(1e6) + ".example/"); }`,
    },
    {
      mechanism: "a path of a million dots and slashes",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) void new URL("https://a.example/" + "a/../".repeat(1e6)).href; }`,
    },
    {
      mechanism: "percent signs in a host, decoded and encoded again",
      expect: ENDED,
      cell: "either",
      code: `() => { for (;;) URL.canParse("https://" + "%E4%B8%80".repeat(1e6) + "/"); }`,
    },
    {
      mechanism: "a URL's parts set ten thousand times at megabytes each",
      expect: ENDED,
      cell: "either",
      code: `() => { const url = new URL("https://a.example/"); for (let n = 0; n < 1e4; n += 1) { url.search = "é".repeat(1e6); url.hash = url.search; } return { reached }; }`,
    },
    {
      mechanism: "pairs whose names are objects with toString of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const nasty = { toString: () => "é".repeat(1e6) }; return new URLSearchParams(Array.from({ length: 1e3 }, () => [nasty, nasty])).toString().length; }`,
    },
    {
      mechanism: "a query sorted of a million pairs",
      expect: ENDED,
      cell: "either",
      code: `() => { const q = new URLSearchParams(Array.from({ length: 3e5 }, (_, n) => ["k" + ((n * 7_919) % 300_007), "v"])); q.sort(); return q.size; }`,
    },
    {
      mechanism: "a URL pattern that backtracks",
      expect: ENDED,
      cell: "either",
      code: `() => new URLPattern({ pathname: "/(a+)+b" }).test({ pathname: "/" + "a".repeat(64) })`,
    },
    {
      mechanism: "a URL pattern of a hundred thousand groups",
      expect: ENDED,
      cell: "either",
      code: `() => new URLPattern({ pathname: "/" + ":a{1,2}?".repeat(1) + Array.from({ length: 1e5 }, (_, n) => ":g" + n).join("/") }).exec({ pathname: "/a".repeat(1e5) })`,
    },
    {
      mechanism: "an encoding of two bytes over thirty megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { for (const label of ["gb18030", "big5", "shift_jis", "euc-kr", "utf-16le", "windows-1252"]) new TextDecoder(label).decode(new Uint8Array(1e7).fill(0x81)); return { reached }; }`,
    },
    {
      mechanism: "UTF-8 that is three times as long, thirty megabytes of it",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { for (;;) new TextEncoder().encode("\\uffff".repeat(3e7)); }`,
    },
    {
      mechanism: "bytes that are not UTF-8, each become three",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { for (;;) new TextDecoder().decode(new Uint8Array(2.3e7).fill(0xff)); }`,
    },
    {
      mechanism: "a permission asked of a manifest of the asker's own, a hundred thousand rules long",
      expect: ENDED,
      cell: "either",
      permissions: () => ({ net: { allow: ["nobody.test"], deny: [] } }),
      code: `async ({ permissions }) => { const { stringify } = JSON; for (let n = 0; n < 1e5; n += 1) { try { await permissions.query({ name: "net", host: "[" + "0:".repeat(1e4) + "]" }); } catch {} try { await permissions.query({ name: "net", host: "a.".repeat(1e6) + "b" }); } catch {} } return { reached }; }`,
    },
    {
      mechanism: "permission descriptors that lie, loop and throw",
      expect: ["cpu-exceeded"],
      code: `async ({ permissions }) => { for (const descriptor of [null, 1, {}, { name: "__proto__" }, { name: { toString() { return "net"; } } }, { name: "net", get host() { throw 1; } }, new Proxy({}, { get: () => "x" })]) try { await permissions.query(descriptor); } catch {} await permissions.query({ get name() { for (;;); } }); }`,
    },
    {
      mechanism: "the trigger's body as XML of a million open tags",
      expect: ENDED,
      cell: "either",
      code: `({ trigger }) => { const parse = trigger.body.xml; String.prototype.valueOf = function () { return "<a>".repeat(1e6); }; return parse.call({ text: () => "<a>".repeat(1e6) }); }`,
    },
    {
      mechanism: "a form of ten million boundaries",
      expect: ENDED,
      cell: "either",
      code: `() => new Response("--b\\r\\n\\r\\n".repeat(2e6) + "--b--", { headers: { "content-type": "multipart/form-data; boundary=b" } }).formData()`,
    },
    {
      mechanism: "a form whose headers never end",
      expect: ENDED,
      cell: "either",
      code: `() => new Response("--b\\r\\ncontent-disposition: form-data; name=" + '"a\\\\"'.repeat(3e6), { headers: { "content-type": "multipart/form-data; boundary=b" } }).formData()`,
    },
    {
      mechanism: "a content type of a million parameters",
      expect: ENDED,
      cell: "either",
      code: `() => new Response("a", { headers: { "content-type": "text/plain" + ';a="\\\\"'.repeat(1e6) } }).blob()`,
    },
    {
      mechanism: "a data: URL of thirty megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `async () => { for (;;) await (await fetch("data:text/plain;base64," + "QUFB".repeat(7e6))).text(); }`,
    },
    {
      mechanism: "a console format with a million placeholders",
      expect: ENDED,
      cell: "either",
      code: `() => { console.log("%s".repeat(1e6), ...Array.from({ length: 1e5 }, () => "x".repeat(1e3))); return { reached }; }`,
    },
    {
      mechanism: "atob and btoa of hundreds of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => atob(btoa("x".repeat(1e8))).length`,
    },
    {
      mechanism: "hexadecimal of hundreds of megabytes",
      expect: ENDED,
      cell: "either",
      limits,
      timeoutMs,
      code: `() => { const kept = []; for (;;) kept.push(Uint8Array.fromHex("ab".repeat(1e8)).toHex().length); }`,
    },
  ],
};
