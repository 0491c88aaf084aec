import { connect as connectSocket, type Socket } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import { findPayload } from "#db/payloads.ts";
import { listRefusedRequests } from "#db/refused-requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { type SeededEndpoint, seedEndpoint } from "./seed-endpoint.ts";
import { startTestApi, type TestApi } from "./start-test-api.ts";

const RECEIVE_MS = 400;
const BUDGET_BYTES = 12 * 1024 * 1024;

let database: TestDatabase;
let api: TestApi;
let endpoint: SeededEndpoint;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database.url, {
    limits: { receiveMs: RECEIVE_MS, budgetBytes: BUDGET_BYTES, budgetRequests: 20 },
  });
  endpoint = await seedEndpoint({ db: database.db, vault: api.vault });
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

/** A connection of its own, with all that came back so far. */
function open(): { socket: Socket; received(): string; closed: Promise<void> } {
  const socket = connectSocket(api.port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk) => (text += chunk.toString("latin1")));
  socket.on("error", () => {}); // a server that refuses may close while we still send
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
  });
  return { socket, received: () => text, closed };
}
const headFor = ({ token }: SeededEndpoint, ...headers: string[]) =>
  [`POST /hooks/${token} HTTP/1.1`, "Host: x", ...headers, "", ""].join("\r\n");
const head = (...headers: string[]) => headFor(endpoint, ...headers);
const answered = (connection: { received(): string }, status: number) =>
  waitFor(() => connection.received().startsWith(`HTTP/1.1 ${status}`), { what: `the answer is ${status}` });
const count = async () =>
  Number(
    (await database.pool.query("SELECT count(*) FROM executions WHERE flow_id = $1", [endpoint.flowId]))
      .rows[0].count,
  );
const send = (body: Buffer, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/hooks/${endpoint.token}`, { method: "POST", body, headers });

test("a body above the limit by its Content-Length is refused before it is sent", async () => {
  const connection = open();
  connection.socket.write(head(`Content-Length: ${LIMITS.payloadBytes + 1}`));
  await answered(connection, 413);
  connection.socket.destroy();
});

test("a sender that asks first (Expect: 100-continue) is not told to go on with too much", async () => {
  const large = open();
  large.socket.write(head("Expect: 100-continue", `Content-Length: ${LIMITS.payloadBytes + 1}`));
  await answered(large, 413);
  large.socket.destroy();
  const small = open();
  small.socket.write(head("Expect: 100-continue", "Content-Length: 2"));
  await answered(small, 100);
  small.socket.write("{}");
  await waitFor(() => small.received().includes("HTTP/1.1 202"), { what: "the webhook is taken" });
  small.socket.destroy();
});

test("a chunked body is refused where it passes the limit, and its connection is closed", async () => {
  const connection = open();
  connection.socket.write(head("Transfer-Encoding: chunked"));
  const chunk = Buffer.alloc(1024 * 1024, 97);
  for (let index = 0; index < 7; index += 1) {
    connection.socket.write(`${chunk.length.toString(16)}\r\n`);
    connection.socket.write(chunk);
    connection.socket.write("\r\n");
  }
  await answered(connection, 413);
  await connection.closed;
});

test("chunked bodies within the limit arrive whole", async () => {
  const connection = open();
  connection.socket.write(head("Transfer-Encoding: chunked"));
  connection.socket.write("3\r\nabc\r\n");
  connection.socket.write("4\r\ndefg\r\n0\r\n\r\n");
  await answered(connection, 202);
  const executionId = /"executionId":"([^"]+)"/.exec(connection.received())?.[1];
  expect((await findPayload(database.db, executionId!))?.body.toString()).toBe("abcdefg");
  connection.socket.destroy();
});

test("exactly the limit is taken", async () => {
  const response = await send(Buffer.alloc(LIMITS.payloadBytes, 98));
  expect(response.status).toBe(202);
});

test("a slow body is told 408 and cut off", async () => {
  const before = await count();
  const connection = open();
  connection.socket.write(head("Content-Length: 10"));
  connection.socket.write("abc");
  await answered(connection, 408);
  await connection.closed;
  expect(await count()).toBe(before);
});

test("an aborted body stores nothing, is recorded and gives its memory back", async () => {
  const before = await count();
  const connection = open();
  connection.socket.write(head("Content-Length: 100000"));
  connection.socket.write("a".repeat(50_000));
  await waitFor(async () => /held_bytes [1-9]/.test(await (await fetch(`${api.url}/metrics`)).text()), {
    what: "some of the body has arrived",
    timeoutMs: RECEIVE_MS,
  });
  connection.socket.destroy();
  await waitFor(async () => /held_bytes 0\n/.test(await (await fetch(`${api.url}/metrics`)).text()), {
    what: "the memory is given back",
  });
  await waitFor(
    async () =>
      (await listRefusedRequests(database.db, endpoint.flowId)).some((row) =>
        row.reason.includes("sender left"),
      ),
    { what: "the aborted request is recorded" },
  );
  expect(await count()).toBe(before);
});

test("bytes beyond the Content-Length never belong to the webhook", async () => {
  const connection = open();
  connection.socket.write(`${head("Content-Length: 3")}abc`);
  await answered(connection, 202);
  const executionId = /"executionId":"([^"]+)"/.exec(connection.received())?.[1];
  expect((await findPayload(database.db, executionId!))?.body.toString()).toBe("abc");
  connection.socket.write("def");
  await waitFor(() => connection.received().includes("HTTP/1.1 400"), {
    what: "the rest is refused as a request",
  });
  await connection.closed;
});

test("a sender whose bytes do not add up is refused at once", async () => {
  // What its length covers may be stored by then, which no later test may count.
  const own = await seedEndpoint({ db: database.db, vault: api.vault });
  const connection = open();
  connection.socket.write(`${headFor(own, "Content-Length: 3")}abcdef`);
  await answered(connection, 400);
  await connection.closed;
});

test.each([
  ["two lengths", ["Content-Length: 3", "Content-Length: 4"]],
  ["a length and chunks", ["Content-Length: 3", "Transfer-Encoding: chunked"]],
  ["a length that is no number", ["Content-Length: 3x"]],
])("%s are refused: nobody may read the same bytes as another request", async (_, headers) => {
  const before = await count();
  const connection = open();
  connection.socket.write(`${head(...headers)}abc`);
  await answered(connection, 400);
  await connection.closed;
  expect(await count()).toBe(before);
});

test("headers beyond the limit are refused", async () => {
  const connection = open();
  connection.socket.write(head(`X-Long: ${"a".repeat(LIMITS.headerBytes)}`));
  await answered(connection, 431);
  await connection.closed;
  expect(connection.received()).toContain('"code":"request/headers-too-large"');
});

test.each([
  ["gzip", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
] as const)("a %s body is stored as it was sent, a bomb and a lie are refused", async (coding, compress) => {
  const honest = compress(Buffer.from("hello"));
  const taken = await send(honest, { "Content-Encoding": coding });
  expect(taken.status).toBe(202);
  const { executionId } = (await taken.json()) as { executionId: string };
  expect((await findPayload(database.db, executionId))?.body.equals(honest)).toBe(true);
  const bomb = compress(Buffer.alloc(LIMITS.payloadBytes * 4));
  expect((await send(bomb, { "Content-Encoding": coding })).status).toBe(413);
  expect((await send(Buffer.from("not compressed"), { "Content-Encoding": coding })).status).toBe(400);
});

test("an unknown coding is 415", async () => {
  expect((await send(Buffer.from("x"), { "Content-Encoding": "rot13" })).status).toBe(415);
});

test("beyond the budget of bytes senders get 503, and there is room again afterwards", async () => {
  const half = open();
  const other = open();
  for (const { socket } of [half, other]) {
    socket.write(head(`Content-Length: ${LIMITS.payloadBytes}`));
    socket.write(Buffer.alloc(LIMITS.payloadBytes - 1));
  }
  await waitFor(async () => /held_bytes 1048\d+/.test(await (await fetch(`${api.url}/metrics`)).text()), {
    what: "two bodies are held",
    timeoutMs: RECEIVE_MS,
  });
  const refused = await send(Buffer.alloc(4 * 1024 * 1024));
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await refused.json()).toMatchObject({ code: "engine/overloaded" });
  await Promise.all([half.closed, other.closed]);
  expect((await send(Buffer.alloc(4 * 1024 * 1024))).status).toBe(202);
});

test("beyond the budget of requests senders get 503", async () => {
  const slow = Array.from({ length: 20 }, open);
  for (const { socket } of slow) socket.write(`${head("Content-Length: 10")}abc`);
  await waitFor(async () => /held_requests 20/.test(await (await fetch(`${api.url}/metrics`)).text()), {
    what: "twenty requests are held",
    timeoutMs: RECEIVE_MS,
  });
  expect((await send(Buffer.from("x"))).status).toBe(503);
  await Promise.all(slow.map((each) => each.closed));
  expect((await send(Buffer.from("x"))).status).toBe(202);
});

test("no refusal has cost the server its other senders", async () => {
  expect(api.errors).toEqual([]);
  expect((await send(Buffer.from("x"))).status).toBe(202);
});
