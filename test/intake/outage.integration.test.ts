import { afterAll, beforeAll, expect, test } from "vitest";
import { type CuttableProxy, startCuttableProxy } from "../support/cuttable-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { type SeededEndpoint, seedEndpoint } from "./seed-endpoint.ts";
import { startTestApi, type TestApi } from "./start-test-api.ts";

let database: TestDatabase;
let proxy: CuttableProxy;
let api: TestApi;
let endpoint: SeededEndpoint;
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  api = await startTestApi(url.href);
  endpoint = await seedEndpoint({ db: database.db, vault: api.vault });
});
afterAll(async () => {
  await api.stop();
  await proxy.stop();
  await database.drop();
});

const send = (key: string) =>
  api.hook(endpoint.token, {
    headers: { "Idempotency-Key": key },
    body: "{}",
    signal: AbortSignal.timeout(15_000),
  });
const count = async () =>
  Number((await database.pool.query("SELECT count(*) FROM executions")).rows[0].count);
const works = (key: string) =>
  waitFor(async () => (await send(key)).status === 202, {
    what: "webhooks are taken again",
    timeoutMs: 15_000,
  });

test("while Postgres is away senders get 503 with Retry-After, and it recovers by itself", async () => {
  await works("first");
  proxy.cut();
  for (const key of ["a", "b", "c"]) {
    const response = await send(key);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(await response.json()).toMatchObject({ code: "engine/unavailable" });
  }
  expect((await fetch(`${api.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  proxy.restore();
  await works("a");
  await works("b");
  await works("c");
  expect(await count()).toBe(4);
  await waitFor(async () => (await fetch(`${api.url}/readyz`)).status === 200, { what: "it is ready again" });
});

test("a Postgres that hangs is a 503 in time too, and what was sent meanwhile is not doubled", async () => {
  const before = await count();
  proxy.freeze();
  const answers = await Promise.all(Array.from({ length: 5 }, (_, index) => send(`frozen-${index}`)));
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([503]));
  proxy.restore();
  for (let index = 0; index < 5; index += 1) await works(`frozen-${index}`);
  expect(await count()).toBe(before + 5);
});
