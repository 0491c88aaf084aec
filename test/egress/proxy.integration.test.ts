import { createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EgressProxy } from "#egress/proxy-route.ts";
import { type ConnectProxy, type ConnectProxyOptions, startConnectProxy } from "./connect-proxy.ts";
import { OneWay, pem, textOf } from "./one-way.ts";

let way: OneWay;
let proxy: ConnectProxy;
const server = { cert: pem("server-cert"), key: pem("server-key") };
const ca = pem("ca-cert");
const resolve = () => Promise.resolve(["127.0.0.1"]);

beforeEach(async () => {
  way = new OneWay();
  proxy = await startConnectProxy();
});
afterEach(async () => {
  await way.stop();
  await proxy.stop();
});

const by = (change: Partial<EgressProxy> = {}): EgressProxy => ({
  url: new URL(`http://127.0.0.1:${proxy.port}`),
  bypass: [],
  dns: "local",
  ...change,
});

async function restart(options: ConnectProxyOptions): Promise<void> {
  await proxy.stop();
  proxy = await startConnectProxy(options);
}

test("HTTP goes through a tunnel to the address that was checked, not to the name", async () => {
  const port = await way.serve();
  await way.use({ resolve, proxy: by() });
  expect(textOf(await way.fetch(`http://ledger.test:${port}/`))).toBe("hello");
  expect(proxy.asked).toEqual([{ authority: `127.0.0.1:${port}`, login: undefined }]);
  expect(proxy.others).toBe(0);
  expect(way.requests[0]?.headers.host).toBe(`ledger.test:${port}`);
  expect(way.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
  expect(way.events).toMatchObject([{ outcome: "answered", address: "127.0.0.1" }]);
});

test("HTTPS goes through a tunnel, and TLS is verified for the name behind the proxy", async () => {
  const port = await way.serveTls(server);
  await way.use({ resolve, proxy: by(), ca });
  expect(textOf(await way.fetch(`https://ledger.test:${port}/`))).toBe("hello");
  await expect(way.fetch(`https://other.test:${port}/`)).rejects.toThrow("ERR_TLS_CERT_ALTNAME_INVALID");
  await way.use({ resolve, proxy: by() });
  await expect(way.fetch(`https://ledger.test:${port}/`)).rejects.toThrow("TLS failed with");
  expect(way.requests).toHaveLength(1);
});

test("the proxy is told its login, and nobody else", async () => {
  const port = await way.serve();
  const url = new URL(`http://ada:p%40ss@127.0.0.1:${proxy.port}`);
  await way.use({ resolve, proxy: by({ url }) });
  await way.fetch(`http://ledger.test:${port}/`);
  expect(proxy.asked[0]?.login).toBe(`Basic ${Buffer.from("ada:p@ss").toString("base64")}`);
  expect(way.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
  await expect(
    way.fetch(`http://ledger.test:${port}/`, { headers: [["Proxy-Authorization", "x"]] }),
  ).rejects.toThrow("cannot be set");
});

test("a proxy that speaks TLS is verified too", async () => {
  const port = await way.serve();
  await restart({ tls: { cert: pem("ledger-test-cert"), key: pem("ledger-test-key") } });
  const url = new URL(`https://localhost:${proxy.port}`);
  await way.use({ resolve, proxy: by({ url }) });
  await expect(way.fetch(`http://ledger.test:${port}/`)).rejects.toThrow("proxy cannot be reached");
  expect(proxy.asked).toEqual([]);
});

test.each(["10.0.0.1", "169.254.169.254", "127.0.0.1"])(
  "an allowed name that leads to %s never reaches the proxy",
  async (address) => {
    await way.use({ resolve: () => Promise.resolve([address]), proxy: by() });
    await expect(way.fetch("http://ledger.test/", { net: ["ledger.test"] })).rejects.toMatchObject({
      code: "step/not-capable",
    });
    expect(proxy.asked).toEqual([]);
  },
);

test("what the operator names goes directly: by name, by address, by block", async () => {
  const port = await way.serve();
  for (const rule of ["*.test", `127.0.0.1:${port}`, "127.0.0.0/8"]) {
    await way.use({ resolve, proxy: by({ bypass: [rule] }) });
    expect(textOf(await way.fetch(`http://ledger.test:${port}/`))).toBe("hello");
  }
  expect(proxy.asked).toEqual([]);
});

test("a proxy that resolves is given the name, after the rules on names", async () => {
  const port = await way.serve();
  await restart({ names: { [`ledger.test:${port}`]: `127.0.0.1:${port}` } });
  const asked: string[] = [];
  await way.use({
    resolve: (host) => {
      asked.push(host);
      return Promise.reject(new Error("no DNS"));
    },
    proxy: by({ dns: "proxy" }),
  });
  expect(textOf(await way.fetch(`http://ledger.test:${port}/`, { net: ["ledger.test"] }))).toBe("hello");
  expect(proxy.asked.map(({ authority }) => authority)).toEqual([`ledger.test:${port}`]);
  for (const host of ["other.test", "127.0.0.1", "10.0.0.1"]) {
    await expect(way.fetch(`http://${host}:${port}/`, { net: ["ledger.test"] })).rejects.toMatchObject({
      code: "step/not-capable",
    });
  }
  // Allowed by a careless rule, and still the proxy's own machine.
  await expect(way.fetch("http://localhost/", { net: ["localhost"] })).rejects.toMatchObject({
    code: "step/not-capable",
  });
  expect(proxy.asked).toHaveLength(1);
  expect(asked).toEqual([]);
});

test.each([403, 407, 502])("a proxy that answers %i fails the request, and is not named", async (status) => {
  await restart({ answer: `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n` });
  await way.use({ resolve, proxy: by({ url: new URL(`http://ada:secret@127.0.0.1:${proxy.port}`) }) });
  const failed = await way.fetch("http://ledger.test:81/").catch((error: unknown) => String(error));
  expect(failed).toContain(`the operator's proxy answered ${status}`);
  expect(failed).not.toMatch(/secret|ada|127\.0\.0\.1/);
});

test.each(["nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nX: y"])(
  "a proxy that says %j and hangs up fails the request at once",
  async (answer) => {
    await restart({ answer });
    await way.use({ resolve, proxy: by() });
    await expect(way.fetch("http://ledger.test:81/")).rejects.toThrow("proxy cannot be reached");
  },
);

test("a proxy that is not there fails the request at once", async () => {
  await proxy.stop();
  await way.use({ resolve, proxy: by() });
  await expect(way.fetch("http://ledger.test:81/")).rejects.toThrow("the operator's proxy cannot be reached");
  proxy = await startConnectProxy();
});

test("a proxy that never answers is given up, and nothing is left open", async () => {
  const silent = await way.listen(createServer((socket) => socket.on("error", () => {}).resume()));
  const url = new URL(`http://127.0.0.1:${silent}`);
  await way.use({ resolve, proxy: by({ url }), connectTimeoutMs: 300 });
  await expect(way.fetch("http://ledger.test:81/")).rejects.toThrow("proxy cannot be reached");
});
