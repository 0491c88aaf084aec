import { createServer } from "node:net";
import { zstdCompressSync, constants } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineError } from "#contract/errors.ts";
import { waitFor } from "../support/wait-for.ts";
import { OneWay, textOf } from "./one-way.ts";

let way: OneWay;
beforeEach(() => {
  way = new OneWay();
});
afterEach(() => way.stop());

const limits = { inFlight: 2, requestsPerMinute: 1_000, bytesPerMinute: 1_000_000 };
const local = (port: number, path = "/") => `http://127.0.0.1:${port}${path}`;
const remotePorts = () => way.requests.map(({ socket }) => socket.remotePort);

test("a connection is reused within a trust domain and one login, and never beyond", async () => {
  const port = await way.serve();
  const as = async (domain: string, ...headers: [string, string][]) => {
    await way.fetch(local(port), { domain, headers });
    // The connection is free once its parser has returned, a turn after the body's end.
    await new Promise((resolve) => setImmediate(resolve));
  };
  await as("a");
  await as("a", ["X-Request-Id", "1"], ["Idempotency-Key", "1"]);
  const [first, again] = remotePorts();
  expect(again).toBe(first);
  for (const headers of [
    [["Authorization", "Bearer 1"]],
    [["Authorization", "Bearer 2"]],
    [["Cookie", "session=1"]],
    [["X-Api-Key", "1"]],
    [["Ocp-Apim-Subscription-Key", "1"]],
    [["X-Shopify-Access-Token", "1"]],
  ] satisfies [string, string][][]) {
    await as("a", ...headers);
  }
  await as("b");
  await as("b", ["Authorization", "Bearer 1"]);
  expect(new Set(remotePorts()).size).toBe(9);
  await as("b", ["authorization", "Bearer 1"]);
  expect(new Set(remotePorts()).size).toBe(9);
});

test("a second answer that nobody asked for is read by nobody", async () => {
  const answer = (text: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
  let turn = 0;
  const port = await way.listen(
    createServer((socket) => {
      socket
        .on("error", () => {})
        .on("data", () => {
          turn += 1;
          socket.write(answer(`right ${turn}`) + answer("smuggled"));
        });
    }),
  );
  for (const expected of ["right 1", "right 2", "right 3"]) {
    expect(textOf(await way.fetch(local(port)))).toBe(expected);
  }
});

test("interim responses without end are cut off", async () => {
  const port = await way.listen(
    createServer((socket) => {
      const flood = () => {
        while (socket.writable && socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"));
      };
      socket
        .on("error", () => {})
        .on("drain", flood)
        .once("data", flood);
    }),
  );
  await expect(way.fetch(local(port))).rejects.toThrow("too many interim responses");
});

test("header lines and trailers without end are cut off", async () => {
  const endless = (start: string) =>
    createServer((socket) => {
      const flood = () => {
        while (socket.writable && socket.write(`X-A: ${"a".repeat(1_000)}\r\n`));
      };
      socket
        .on("error", () => {})
        .on("drain", flood)
        .once("data", () => {
          socket.write(start);
          flood();
        });
    });
  const headers = await way.listen(endless("HTTP/1.1 200 OK\r\n"));
  await expect(way.fetch(local(headers))).rejects.toThrow("headers are too large");
  const trailers = await way.listen(
    endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"),
  );
  await expect(way.fetch(local(trailers))).rejects.toThrow("too large");
});

test("requests to one host beyond those at once wait their turn, for each trust domain by itself", async () => {
  await way.use({ hostLimits: limits });
  let underWay = 0;
  let most = 0;
  const held: (() => void)[] = [];
  const port = await way.serve((_request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    held.push(() => {
      underWay -= 1;
      response.end();
    });
  });
  const done = Promise.all(Array.from({ length: 5 }, () => way.fetch(local(port))));
  await waitFor(() => held.length === 2, { what: "two requests arrived" });
  const other = way.fetch(local(port), { domain: "other" });
  await waitFor(() => held.length === 3, { what: "the other domain's request arrived" });
  held.splice(0).forEach((release) => release());
  await other;
  const timer = setInterval(() => held.splice(0).forEach((release) => release()), 5);
  await done.finally(() => clearInterval(timer));
  expect(way.requests).toHaveLength(6);
  expect(most).toBe(3);
});

test("requests and bytes of a minute are limited for each host", async () => {
  const port = await way.serve();
  await way.use({ hostLimits: { ...limits, requestsPerMinute: 2 } });
  const refusals = async (count: number) => {
    const all = await Promise.allSettled(Array.from({ length: count }, () => way.fetch(local(port))));
    return all.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  };
  // A minute may begin in between: 9 requests span two at most.
  expect((await refusals(9)).at(-1)).toContain(`127.0.0.1:${port}: more than 2 requests in a minute`);
  await way.use({ hostLimits: { ...limits, bytesPerMinute: 12 } });
  expect((await refusals(9)).at(-1)).toContain("more than 12 bytes in a minute");
});

test("a request that takes too long ends, also while it reads or waits for its turn", async () => {
  await way.use({ hostLimits: { ...limits, inFlight: 1 } });
  const port = await way.serve((request, response) => {
    if (request.url === "/half") response.writeHead(200, { "content-length": "10" }).write("half");
  });
  const late = /took longer than 200 ms/;
  for (const path of ["/silent", "/half"]) {
    await expect(way.fetch(local(port, path), { limits: { timeoutMs: 200 } })).rejects.toThrow(late);
  }
  const first = way.fetch(local(port), { limits: { timeoutMs: 600 } }).catch(String);
  await expect(way.fetch(local(port), { limits: { timeoutMs: 200 } })).rejects.toThrow(late);
  expect(await first).toMatch(/took longer than 600 ms/);
});

test("whoever counts the bytes can end the request", async () => {
  const port = await way.serve((_request, response) => response.end(Buffer.alloc(50_000)));
  const counted: [string, number][] = [];
  await way.fetch(local(port), {
    method: "POST",
    body: Buffer.from("abc"),
    onBytes: (kind, bytes) => counted.push([kind, bytes]),
  });
  const of = (kind: string) =>
    counted.filter(([is]) => is === kind).reduce((sum, [, bytes]) => sum + bytes, 0);
  expect([of("sent"), of("received"), of("decoded")]).toEqual([3, 50_000, 0]);
  await expect(
    way.fetch(local(port), {
      onBytes: () => {
        throw new EngineError("engine/overloaded", "no more");
      },
    }),
  ).rejects.toThrow("no more");
});

test("each hop is told of once it is over", async () => {
  const port = await way.serve((request, response) => {
    if (request.url === "/a") response.writeHead(302, { location: "/b" }).end("away");
    else response.end("hello");
  });
  await way.fetch(local(port, "/a"), { method: "POST", body: Buffer.from("xyz") });
  await way.fetch("http://10.0.0.1/").catch(() => {});
  await way.fetch("http://127.0.0.1:9999/", { limits: { timeoutMs: 5_000 } }).catch(() => {});
  expect(way.events).toMatchObject([
    {
      host: "127.0.0.1",
      port,
      method: "POST",
      outcome: "answered",
      status: 302,
      sentBytes: 3,
      receivedBytes: 4,
    },
    {
      port,
      method: "GET",
      outcome: "answered",
      status: 200,
      sentBytes: 0,
      receivedBytes: 5,
      address: "127.0.0.1",
    },
    { host: "10.0.0.1", port: 80, outcome: "refused" },
    { port: 9999, outcome: "failed" },
  ]);
  for (const { durationMs } of way.events) expect(durationMs).toBeGreaterThanOrEqual(0);
});

test("a name with thousands of addresses is not looked at one by one", async () => {
  const many = Array.from({ length: 65 }, (_, at) => `93.184.215.${at}`);
  await way.use({ resolve: () => Promise.resolve(many) });
  await expect(way.fetch("http://many.test/")).rejects.toThrow("has 65 addresses, at most 64");
});

test.each([0, 22, 25, 6667])("port %i is not for HTTP", async (port) => {
  await expect(way.fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("belongs to another protocol");
  expect(way.accesses).toEqual([]);
});

test("header values and bodies come back byte for byte", async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at));
  const port = await way.listen(
    createServer((socket) => {
      socket
        .on("error", () => {})
        .once("data", () => {
          const head = "HTTP/1.1 200 Grüße\r\nX-Name: café\r\nConnection: close\r\n\r\n";
          socket.end(Buffer.concat([Buffer.from(head, "latin1"), bytes]));
        });
    }),
  );
  const response = await way.fetch(local(port));
  expect(Buffer.from(response.body)).toEqual(bytes);
  expect(response.headers).toContainEqual(["X-Name", "café"]);
});

test("a zstd frame that asks for a window of 128 MB is refused", async () => {
  const body = zstdCompressSync(Buffer.alloc(20_000_000), {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  const port = await way.serve((_request, response) =>
    response.writeHead(200, { "content-encoding": "zstd" }).end(body),
  );
  await expect(way.fetch(local(port), { limits: { responseBytes: 30_000_000 } })).rejects.toThrow(
    "compression is corrupt",
  );
});
