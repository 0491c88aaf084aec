import type { HostileFamily, HostileWorld } from "../harness/program.ts";

const echo = ({ echoPort }: HostileWorld) => ({ net: { allow: [`127.0.0.1:${echoPort}`], deny: [] } });
/** The echo's server redirects to what `to` names, and notes requests and headers that a program has forged. */
const REFUSED = ["not-capable", "threw"] as const;

export const requests: HostileFamily = {
  name: "requests",
  attacks:
    "Redirects into what is not allowed, headers that smuggle another request, answers that do not end.",
  programs: [
    {
      mechanism: "a redirect to the loopback",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent("http://127.0.0.1:" + input.canaryPort + "/"))`,
    },
    {
      mechanism: "a redirect to localhost",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent("http://localhost:" + input.canaryPort + "/"))`,
    },
    {
      mechanism: "a redirect to IPv6's loopback",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent("http://[::1]:" + input.canaryPort + "/"))`,
    },
    {
      mechanism: "a redirect to the decimal loopback",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent("http://2130706433:" + input.canaryPort + "/"))`,
    },
    {
      mechanism: "a redirect to a file",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent("file://" + input.canaryFile))`,
    },
    {
      mechanism: "a redirect in two hops",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => { const hop = (to) => "http://127.0.0.1:" + input.echoPort + "/redirect?to=" + encodeURIComponent(to); return fetch(hop(hop("http://127.0.0.1:" + input.canaryPort + "/"))); }`,
    },
    {
      mechanism: "redirects in a circle",
      expect: REFUSED,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/circle")`,
    },
    {
      mechanism: "a Host of another",
      expect: [...REFUSED, "ok"],
      permissions: echo,
      code: `async ({ input }) => { try { await fetch("http://127.0.0.1:" + input.echoPort + "/", { headers: { host: "forged.test" } }); } catch {} return { reached }; }`,
    },
    {
      mechanism: "a line break in a header's value",
      expect: [...REFUSED, "ok"],
      permissions: echo,
      code: `async ({ input }) => { for (const value of ["a\\r\\nx-forged: 1", "a\\nx-forged: 1", "a\\r\\n\\r\\nGET /forged HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n"]) try { await fetch("http://127.0.0.1:" + input.echoPort + "/", { headers: { a: value } }); } catch {} return { reached }; }`,
    },
    {
      mechanism: "a line break in a header's name, the method and the path",
      expect: [...REFUSED, "ok"],
      permissions: echo,
      code: `async ({ input }) => { const url = "http://127.0.0.1:" + input.echoPort + "/"; for (const attempt of [() => fetch(url, { headers: [["a: 1\\r\\nx-forged", "1"]] }), () => fetch(url, { method: "GET / HTTP/1.1\\r\\nx-forged: 1\\r\\n\\r\\nGET" }), () => fetch(url + "a HTTP/1.1\\r\\nx-forged: 1\\r\\n\\r\\nGET /forged")]) try { await attempt(); } catch {} return { reached }; }`,
    },
    {
      mechanism: "a line break given behind the back of Headers",
      expect: [...REFUSED, "ok", "timed-out"],
      permissions: echo,
      code: `async ({ input }) => { const forged = [["a", "1\\r\\nx-forged: 1"], ["x\\r\\nx-forged", "1"]]; Array.prototype.map = function () { return forged; }; Array.prototype.sort = function () { return forged; }; RegExp.prototype.test = () => true; RegExp.prototype.exec = () => null; String.prototype.toLowerCase = function () { return String(this); }; try { await fetch("http://127.0.0.1:" + input.echoPort + "/", { headers: { a: "b" } }); } catch {} return { reached: [] }; }`,
    },
    {
      mechanism: "two lengths, and a length beside chunks",
      expect: [...REFUSED, "ok"],
      permissions: echo,
      code: `async ({ input }) => { const url = "http://127.0.0.1:" + input.echoPort + "/"; for (const headers of [{ "content-length": "3" }, { "transfer-encoding": "chunked" }, { "content-length": "0", "transfer-encoding": "chunked" }]) try { await fetch(url, { method: "POST", headers, body: "0\\r\\n\\r\\nGET /forged HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n" }); } catch {} return { reached }; }`,
    },
    {
      mechanism: "CONNECT, TRACE and an upgrade",
      expect: [...REFUSED, "ok"],
      permissions: echo,
      code: `async ({ input }) => { const url = "http://127.0.0.1:" + input.echoPort + "/"; for (const init of [{ method: "CONNECT" }, { method: "TRACE" }, { headers: { connection: "upgrade", upgrade: "websocket" } }]) try { await fetch(url, init); } catch {} return { reached }; }`,
    },
    {
      mechanism: "an answer that never ends",
      expect: [...REFUSED, "timed-out"],
      timeoutMs: 800,
      permissions: echo,
      code: `async ({ input }) => (await fetch("http://127.0.0.1:" + input.echoPort + "/endless")).text()`,
    },
    {
      mechanism: "an answer that never begins",
      expect: ["timed-out"],
      timeoutMs: 500,
      permissions: echo,
      code: `({ input }) => fetch("http://127.0.0.1:" + input.echoPort + "/silent")`,
    },
    {
      mechanism: "a compressed answer that grows to gigabytes",
      expect: REFUSED,
      permissions: echo,
      code: `async ({ input }) => (await fetch("http://127.0.0.1:" + input.echoPort + "/bomb")).text()`,
    },
    {
      mechanism: "more requests than there may be",
      expect: ["threw"],
      limits: { cpuMs: 4_000 },
      timeoutMs: 8_000,
      permissions: echo,
      code: `async ({ input }) => { for (let n = 0; n < 60; n += 1) await (await fetch("http://127.0.0.1:" + input.echoPort + "/")).text(); }`,
    },
    {
      mechanism: "a permission widened inside the isolate",
      expect: ["not-capable"],
      code: `(context) => { context.permissions = { net: true }; globalThis.permissions = context.permissions; return fetch("http://127.0.0.1:" + context.input.echoPort + "/"); }`,
    },
  ],
};
