import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EgressContext, EgressRequest, EgressResponse } from "#contract/egress.ts";
import { type AccessRecord, permissionManifestSchema } from "#contract/permissions.ts";
import { createEgress, type Egress, type EgressOptions } from "#egress/create-egress.ts";
import { freePort } from "../support/free-port.ts";
import { waitFor } from "../support/wait-for.ts";

interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  rawHeaders: string[];
  body: string;
}

let seen: Seen[] = [];
let servers: Server[] = [];
let egress: Egress;
let accesses: AccessRecord[] = [];
let port: number;
/** What the first server answers, by path. */
let answers: Record<string, (response: ServerResponse, request: IncomingMessage) => void> = {};

beforeEach(async () => {
  [seen, servers, accesses, answers] = [[], [], [], {}];
  egress = createEgress();
  port = await serve();
});
afterEach(async () => {
  await egress.stop();
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
});

const listener: RequestListener = (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const { method = "", url = "", headers, rawHeaders } = request;
    seen.push({ method, url, headers, rawHeaders, body: Buffer.concat(chunks).toString() });
    const answer = answers[url];
    if (answer === undefined) response.end("hello");
    else answer(response, request);
  });
};

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const serve = () => listen(createServer(listener));

function use(options: EgressOptions): void {
  void egress.stop();
  egress = createEgress(options);
}

interface Change extends Partial<EgressRequest> {
  net?: unknown;
  limits?: Partial<EgressContext["limits"]>;
  signal?: AbortSignal;
}

function fetch(path: string, change: Change = {}): Promise<EgressResponse> {
  const { net = ["127.0.0.1"], limits, signal = new AbortController().signal, ...request } = change;
  const url = path.startsWith("/") ? `http://127.0.0.1:${port}${path}` : path;
  return egress.fetch(
    { url, method: "GET", headers: [], redirect: "follow", ...request },
    {
      domain: "d",
      permissions: permissionManifestSchema.parse({ net }),
      onAccess: (record) => accesses.push(record),
      limits: { requestBytes: 1_000, responseBytes: 100_000, redirects: 5, timeoutMs: 20_000, ...limits },
      signal,
    },
  );
}

const textOf = ({ body }: EgressResponse) => Buffer.from(body).toString();
const redirectTo =
  (location: string, status = 302) =>
  (response: ServerResponse) =>
    response.writeHead(status, { location }).end();

test("a request goes out as it was given, and its answer comes back whole", async () => {
  answers["/entries?a=1"] = (response) =>
    response
      .writeHead(
        201,
        "Made",
        [
          ["Content-Type", "application/json"],
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
        ].flat(),
      )
      .end("{}");
  const response = await fetch("/entries?a=1#part", {
    method: "POST",
    headers: [
      ["Content-Type", "application/json"],
      ["X-Twice", "1"],
      ["X-Twice", "2"],
    ],
    body: Buffer.from('{"a":1}'),
  });
  expect(response).toMatchObject({
    status: 201,
    statusText: "Made",
    url: `http://127.0.0.1:${port}/entries?a=1`,
    redirected: false,
  });
  expect(textOf(response)).toBe("{}");
  expect(response.headers.filter(([name]) => name.toLowerCase() === "set-cookie")).toHaveLength(2);
  expect(seen).toMatchObject([
    {
      method: "POST",
      url: "/entries?a=1",
      body: '{"a":1}',
      headers: {
        host: `127.0.0.1:${port}`,
        "content-length": "7",
        "x-twice": "1, 2",
        "user-agent": "millrace",
        "accept-encoding": "gzip, deflate, br",
      },
    },
  ]);
});

test("each access is reported once, with the address", async () => {
  await fetch("/");
  await expect(fetch("http://10.0.0.1/")).rejects.toMatchObject({ code: "step/not-capable" });
  expect(accesses).toMatchObject([
    { permission: "net", value: `127.0.0.1:${port}`, granted: true, address: "127.0.0.1" },
    { permission: "net", value: "10.0.0.1:80", granted: false, reason: "no rule allows it" },
  ]);
});

test("what no rule allows is refused in Deno's words, and nothing is sent", async () => {
  await expect(fetch("/", { net: ["example.com"] })).rejects.toMatchObject({
    code: "step/not-capable",
    message: `Requires net access to "127.0.0.1:${port}", add it to permissions.net in the manifest`,
  });
  expect(seen).toEqual([]);
});

test.each([
  "http://127.1",
  "http://2130706433",
  "http://0x7f000001",
  "http://[::ffff:127.0.0.1]",
  "http://0177.0.0.1",
])("%s is the address that it means", async (origin) => {
  await expect(fetch(`${origin}:${port}/`, { net: ["example.com"] })).rejects.toMatchObject({
    code: "step/not-capable",
  });
  expect(textOf(await fetch(`${origin}:${port}/`))).toBe("hello");
});

test("a name that leads to a private address is refused unless a rule names the address", async () => {
  use({ resolve: () => Promise.resolve(["127.0.0.1"]) });
  const url = `http://ledger.test:${port}/`;
  await expect(fetch(url, { net: ["ledger.test"] })).rejects.toMatchObject({ code: "step/not-capable" });
  expect(accesses).toMatchObject([{ value: `ledger.test:${port}`, granted: false, address: "127.0.0.1" }]);
  expect(textOf(await fetch(url, { net: ["ledger.test", "127.0.0.1"] }))).toBe("hello");
  expect(seen[0]?.headers.host).toBe(`ledger.test:${port}`);
});

test("one private address among public ones refuses the name", async () => {
  use({ resolve: () => Promise.resolve(["140.82.112.3", "169.254.169.254"]) });
  await expect(fetch("http://rebind.test/", { net: ["rebind.test"] })).rejects.toMatchObject({
    code: "step/not-capable",
  });
});

test("a name that changes its address after the check changes nothing", async () => {
  const replies = [["127.0.0.1"], ["169.254.169.254"]];
  let asked = 0;
  use({ resolve: () => Promise.resolve(replies[asked++] ?? []) });
  const net = ["rebind.test", "127.0.0.1"];
  expect(textOf(await fetch(`http://rebind.test:${port}/`, { net }))).toBe("hello");
  expect(asked).toBe(1);
  // The next request asks again, and is refused although a connection of the first is still open.
  await expect(fetch(`http://rebind.test:${port}/`, { net })).rejects.toMatchObject({
    code: "step/not-capable",
  });
});

test("an open connection is not shared with one who may not use its address", async () => {
  use({ resolve: () => Promise.resolve(["127.0.0.1"]) });
  const url = `http://ledger.test:${port}/`;
  await fetch(url, { net: ["ledger.test", "127.0.0.1"] });
  await expect(fetch(url, { net: ["ledger.test"] })).rejects.toMatchObject({ code: "step/not-capable" });
  expect(seen).toHaveLength(1);
});

test("a name that does not resolve is named", async () => {
  use({ resolve: () => Promise.reject(new Error("queryA ENOTFOUND nowhere.test")) });
  await expect(fetch("http://nowhere.test/", { net: ["nowhere.test"] })).rejects.toMatchObject({
    code: "step/threw",
    message: 'the name "nowhere.test" cannot be resolved',
  });
  expect(accesses).toMatchObject([{ value: "nowhere.test:80", granted: true }]);
});

test("an address that refuses the connection gives way to the next one", async () => {
  use({ resolve: () => Promise.resolve(["127.0.0.9", "127.0.0.1"]) });
  const net = ["two.test", "127.0.0.0/8"];
  expect(textOf(await fetch(`http://two.test:${port}/`, { net }))).toBe("hello");
});

test("redirects are followed, each within the permissions", async () => {
  const other = await serve();
  answers["/a"] = redirectTo("/b");
  answers["/b"] = redirectTo(`http://127.0.0.1:${other}/c`);
  const response = await fetch("/a");
  expect(response).toMatchObject({ status: 200, redirected: true, url: `http://127.0.0.1:${other}/c` });
  expect(accesses).toHaveLength(3);
  await expect(fetch("/a", { net: [`127.0.0.1:${port}`] })).rejects.toMatchObject({
    code: "step/not-capable",
    message: `Requires net access to "127.0.0.1:${other}", add it to permissions.net in the manifest`,
  });
});

test("a redirect to a private address, another scheme or a URL with a password is refused", async () => {
  answers["/metadata"] = redirectTo("http://169.254.169.254/latest/meta-data/");
  answers["/file"] = redirectTo("file:///etc/passwd");
  answers["/password"] = redirectTo(`http://u:p@127.0.0.1:${port}/`);
  await expect(fetch("/metadata")).rejects.toMatchObject({ code: "step/not-capable" });
  await expect(fetch("/file")).rejects.toThrow('"file:" URLs cannot be fetched');
  await expect(fetch("/password")).rejects.toThrow("user name or password");
});

test("too many redirects end the request", async () => {
  answers["/loop"] = redirectTo("/loop");
  await expect(fetch("/loop")).rejects.toThrow("more than 5 redirects were followed");
  expect(seen).toHaveLength(6);
});

test("a redirect can be asked for as it is, or be an error", async () => {
  answers["/a"] = redirectTo("/b");
  expect(await fetch("/a", { redirect: "manual" })).toMatchObject({ status: 302, redirected: false });
  await expect(fetch("/a", { redirect: "error" })).rejects.toThrow("answered with a redirect");
});

test("credentials do not follow a redirect to another origin, other headers do", async () => {
  const other = await serve();
  answers["/same"] = redirectTo("/there");
  answers["/other"] = redirectTo(`http://127.0.0.1:${other}/there`);
  const headers: [string, string][] = [
    ["Authorization", "Bearer x"],
    ["Cookie", "a=1"],
    ["X-Kept", "1"],
  ];
  await fetch("/same", { headers });
  await fetch("/other", { headers });
  const [same, across] = seen.filter(({ url }) => url === "/there");
  expect(same?.headers).toMatchObject({ authorization: "Bearer x", cookie: "a=1", "x-kept": "1" });
  expect(across?.headers).not.toHaveProperty("authorization");
  expect(across?.headers).not.toHaveProperty("cookie");
  expect(across?.headers).toHaveProperty("x-kept", "1");
});

test.each([
  [301, "POST", "GET"],
  [302, "POST", "GET"],
  [303, "PUT", "GET"],
  [303, "HEAD", "HEAD"],
  [302, "PUT", "PUT"],
  [307, "POST", "POST"],
  [308, "POST", "POST"],
])("%i turns %s into %s", async (status, method, expected) => {
  answers["/a"] = redirectTo("/b", status);
  const body = method === "HEAD" ? {} : { body: Buffer.from("x") };
  await fetch("/a", { method, headers: [["Content-Type", "text/plain"]], ...body });
  expect(seen[1]?.method).toBe(expected);
  expect(seen[1]?.body).toBe(expected === method && method !== "HEAD" ? "x" : "");
  if (expected === "GET") expect(seen[1]?.headers).not.toHaveProperty("content-type");
});

test("a compressed response is decoded, and a bomb of 50 MB stops at the limit", async () => {
  const answer = (body: Buffer) => (response: ServerResponse) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(body));
  answers["/z"] = answer(Buffer.from("text"));
  answers["/bomb"] = answer(Buffer.alloc(50_000_000));
  expect(textOf(await fetch("/z"))).toBe("text");
  await expect(fetch("/bomb")).rejects.toThrow("the response is larger than 100000 bytes");
});

test("a response without end is cut off at the limit, and its connection with it", async () => {
  let closed = false;
  answers["/endless"] = (response) => {
    const write = () => {
      while (!closed && response.write(Buffer.alloc(16_384)));
    };
    response.on("drain", write).on("close", () => (closed = true));
    write();
  };
  await expect(fetch("/endless")).rejects.toThrow("larger than 100000 bytes");
  await waitFor(() => closed, { what: "the connection closed" });
});

test("a request above the limit is refused before anything leaves", async () => {
  await expect(fetch("/", { method: "POST", body: Buffer.alloc(1_001) })).rejects.toThrow(
    "the request has 1001 bytes, at most 1000 are sent",
  );
  expect(accesses).toEqual([]);
});

test("response headers above the limit end the request", async () => {
  answers["/"] = (response) => response.writeHead(200, { "x-long": "a".repeat(40_000) }).end();
  await expect(fetch("/")).rejects.toThrow("headers are too large");
});

test("a signal ends a request that waits, and one that reads", async () => {
  answers["/silent"] = () => {};
  answers["/half"] = (response) => response.writeHead(200, { "content-length": "10" }).write("half");
  for (const path of ["/silent", "/half"]) {
    const controller = new AbortController();
    const count = seen.length;
    const failed = expect(fetch(path, { signal: controller.signal })).rejects.toMatchObject({
      code: "step/cancelled",
    });
    await waitFor(() => seen.length > count, { what: "the request arrived" });
    controller.abort();
    await failed;
  }
  await expect(fetch("/", { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "step/cancelled" });
});

test("a signal ends a name server that stalls", async () => {
  use({ resolve: () => new Promise(() => {}) });
  const controller = new AbortController();
  const failed = expect(
    fetch("http://slow.test/", { net: ["slow.test"], signal: controller.signal }),
  ).rejects.toMatchObject({ code: "step/cancelled" });
  controller.abort();
  await failed;
});

test("a failure says what happened to which host, and names nothing of ours", async () => {
  const closed = await freePort();
  await expect(fetch(`http://127.0.0.1:${closed}/`)).rejects.toMatchObject({
    code: "step/threw",
    message: `127.0.0.1:${closed}: the connection was refused`,
  });
  const garbage = await listen(
    createTcpServer((socket) => {
      socket.on("error", () => {}).resume();
      socket.end("SSH-2.0-OpenSSH_9\r\n");
    }),
  );
  await expect(fetch(`http://127.0.0.1:${garbage}/`)).rejects.toThrow("the response is not HTTP");
  const hangUp = await listen(createTcpServer((socket) => socket.on("error", () => {}).destroy()));
  await expect(fetch(`http://127.0.0.1:${hangUp}/`)).rejects.toThrow(/connection was (closed|reset)/);
});

test.each([
  "ftp://127.0.0.1/",
  "file:///etc/passwd",
  "data:text/plain,x",
  "nonsense",
  "http://u:p@127.0.0.1/",
])("%s cannot be fetched", async (url) => {
  await expect(fetch(url)).rejects.toMatchObject({ code: "step/threw" });
  expect(accesses).toEqual([]);
});

test("TLS is verified against the name that was asked for", async () => {
  const cert = readFileSync(new URL("../fixtures/tls/ledger-test-cert.pem", import.meta.url), "utf8");
  const key = readFileSync(new URL("../fixtures/tls/ledger-test-key.pem", import.meta.url), "utf8");
  const tlsPort = await listen(createTlsServer({ cert, key }, listener));
  const resolve = () => Promise.resolve(["127.0.0.1"]);
  const net = ["ledger.test", "other.test", "127.0.0.1"];
  use({ resolve, ca: cert });
  expect(textOf(await fetch(`https://ledger.test:${tlsPort}/`, { net }))).toBe("hello");
  await expect(fetch(`https://other.test:${tlsPort}/`, { net })).rejects.toThrow(
    `other.test:${tlsPort}: TLS failed with ERR_TLS_CERT_ALTNAME_INVALID`,
  );
  use({ resolve });
  await expect(fetch(`https://ledger.test:${tlsPort}/`, { net })).rejects.toThrow("TLS failed with");
});

test("after stop nothing is left open", async () => {
  await fetch("/");
  await egress.stop();
  const [server] = servers;
  const connections = () =>
    new Promise<number>((resolve) => server?.getConnections((_error, count) => resolve(count)));
  await waitFor(async () => (await connections()) === 0, { what: "every connection closed" });
});
