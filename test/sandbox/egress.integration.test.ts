import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createEgress } from "#egress/create-egress.ts";
import { pem } from "../egress/one-way.ts";
import { outputOf, runOne, useSandbox } from "./guest-program.ts";

/** The whole way: a step in a real cell, the broker, egress, real sockets. */
const NAMES: Record<string, string[]> = {
  "ledger.test": ["127.0.0.1"],
  "inside.test": ["10.0.0.5"],
  "mixed.test": ["93.184.215.14", "169.254.169.254"],
};
const egress = createEgress({
  ca: pem("ca-cert"),
  resolve: (host) => Promise.resolve(NAMES[host] ?? []),
});
const sandbox = useSandbox({ fetch: egress.fetch, maxCells: 2 });
const servers: Server[] = [];
let [port, tlsPort, expiredPort] = [0, 0, 0];

beforeAll(async () => {
  const tls = (name: string) =>
    createTlsServer({ cert: pem(`${name}-cert`), key: pem(`${name}-key`) }, (_request, response) =>
      response.end("safe"),
    );
  const plain = createServer((request, response) => {
    const to = new URL(request.url ?? "/", "http://x").searchParams.get("to");
    if (to !== null) response.writeHead(302, { location: to }).end();
    else if (request.url === "/bomb")
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(30_000_000)));
    else response.writeHead(200, { "set-cookie": "a=1" }).end(request.headers.cookie ?? "none");
  });
  servers.push(plain, tls("server"), tls("expired"));
  for (const server of servers) await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  [port = 0, tlsPort = 0, expiredPort = 0] = servers.map((server) => (server.address() as AddressInfo).port); // TCP
});
afterAll(async () => {
  await egress.stop();
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
});

const permissions = { net: { allow: ["*.test", "127.0.0.1"], deny: [] } };

/** What a step makes of some URLs: the name and message of the error, or the text. */
async function tries(calls: [url: string, init?: object][], change = {}) {
  const program = `async ({ fetch }) => {
    const said = [];
    for (const [url, init] of ${JSON.stringify(calls)}) {
      said.push(await fetch(url, init?.big ? { method: "POST", body: "x".repeat(init.big) } : init).then((response) => response.text(), (error) => error.name + ": " + error.message));
    }
    return said;
  }`;
  const report = await runOne(sandbox(), program, { permissions, ...change });
  return { said: outputOf(report) as string[], report }; // the program returns strings
}

test("a step reaches what it may, and cookies stay where they are", async () => {
  const { said } = await tries([
    [`http://ledger.test:${port}/`],
    [`http://ledger.test:${port}/`],
    [`https://ledger.test:${tlsPort}/`],
  ]);
  expect(said).toEqual(["none", "none", "safe"]);
});

test("private addresses are refused in a URL, behind a name and in a redirect, and are on record", async () => {
  const { said, report } = await tries([
    ["http://169.254.169.254/latest/meta-data/"],
    ["http://0x0a000001/"],
    ["http://[::ffff:10.0.0.1]/"],
    ["http://[64:ff9b::a00:1]/"],
    ["http://１０.０.０.１/"],
    ["http://inside.test/"],
    ["http://mixed.test/"],
    [`http://ledger.test:${port}/?to=http://169.254.169.254/`],
    [`http://ledger.test:${port}/?to=http://inside.test/`],
    ["http://evil.example/"],
  ]);
  for (const line of said) expect(line).toMatch(/^NotCapable: Requires net access to "/);
  expect(report.accesses.filter(({ granted }) => !granted)).toHaveLength(10);
  expect(report.accesses.filter(({ granted }) => granted)).toHaveLength(2);
});

test("a refusal that a step does not catch is its outcome", async () => {
  const report = await runOne(sandbox(), `({ fetch }) => fetch("http://169.254.169.254/")`, { permissions });
  expect(report).toMatchObject({ outcome: "not-capable", error: { name: "NotCapable", retryable: false } });
});

test("TLS, headers, schemes, sizes and bombs are refused as failures that a step can read", async () => {
  const home = `http://ledger.test:${port}/`;
  const { said } = await tries(
    [
      [`https://ledger.test:${expiredPort}/`],
      [`https://other.test:${tlsPort}/`],
      ["ftp://ledger.test/"],
      ["http://a:b@ledger.test/"],
      ["http://ledger.test:25/"],
      [home, { headers: { "X-A": "b\r\nHost: c" } }],
      [home, { headers: { "Transfer-Encoding": "chunked" } }],
      [home, { headers: { "Proxy-Authorization": "x" } }],
      [home, { method: "CONNECT" }],
      [home, { big: 6_000_000 }],
      [`${home}bomb`],
      [`http://ledger.test:${port}/${"x".repeat(20_000)}`],
    ],
    { limits: { cpuMs: 10_000 } },
  );
  for (const line of said) expect(line).toMatch(/^TypeError: /);
  expect(said[0]).toContain("CERT_HAS_EXPIRED");
  expect(said[1]).toMatch(/has no address|ALTNAME/);
  expect(said[9]).toContain("5242880");
  expect(said[10]).toContain("the response is larger than 10485760 bytes");
});
