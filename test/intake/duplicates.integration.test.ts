import { afterAll, beforeAll, expect, test } from "vitest";
import type { WebhookReceipt } from "#contract/webhook.ts";
import { sweepDedupKeys } from "#db/dedup-keys.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type SeededEndpoint, seedEndpoint, type TriggerInput } from "./seed-endpoint.ts";
import { startTestApi, type TestApi } from "./start-test-api.ts";

let database: TestDatabase;
let apis: TestApi[];
beforeAll(async () => {
  database = await createTestDatabase();
  apis = await Promise.all([startTestApi(database.url), startTestApi(database.url)]);
});
afterAll(async () => {
  await Promise.all(apis.map((api) => api.stop()));
  await database.drop();
});

const seed = (trigger: TriggerInput = {}) =>
  seedEndpoint({ db: database.db, vault: apis[0]!.vault, trigger });
const sendTo = async (api: TestApi | undefined, endpoint: SeededEndpoint, init: RequestInit) => {
  const response = await api!.hook(endpoint.token, init);
  return { status: response.status, ...((await response.json()) as WebhookReceipt & { code?: string }) };
};
const send = (endpoint: SeededEndpoint, headers: Record<string, string>, body = "{}") =>
  sendTo(apis[0], endpoint, { headers, body });
const countOf = async (table: "executions" | "queue", flowId: string) =>
  (await database.db.selectFrom(table).select("flow_id").where("flow_id", "=", flowId).execute()).length;
const expire = (flowId: string) =>
  database.pool.query("UPDATE dedup_keys SET expires_at = now() - interval '1 second' WHERE flow_id = $1", [
    flowId,
  ]);

test("200 concurrent senders of one key over two processes get one execution", async () => {
  const endpoint = await seed({ dedupe: { header: "X-GitHub-Delivery" } });
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      sendTo(apis[index % 2], endpoint, { headers: { "X-GitHub-Delivery": "one" }, body: "{}" }),
    ),
  );
  expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([202]));
  expect(new Set(answers.map((answer) => answer.executionId)).size).toBe(1);
  expect(answers.filter((answer) => !answer.duplicate)).toHaveLength(1);
  expect(await countOf("executions", endpoint.flowId)).toBe(1);
  expect(await countOf("queue", endpoint.flowId)).toBe(1);
});

test("many keys sent by many at once over two processes neither deadlock nor double", async () => {
  const endpoint = await seed({ dedupe: { header: "X-Id" } });
  const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
  const answers = await Promise.all(
    Array.from({ length: 400 }, (_, index) => {
      const key = keys[(index * 7 + (index % 2 ? 3 : 11)) % keys.length]!;
      return sendTo(apis[index % 2], endpoint, { headers: { "X-Id": key }, body: "{}" }).then((answer) => ({
        key,
        ...answer,
      }));
    }),
  );
  expect(answers.every((answer) => answer.status === 202)).toBe(true);
  for (const key of keys) {
    const ids = answers.filter((answer) => answer.key === key).map((answer) => answer.executionId);
    expect(new Set(ids).size, key).toBe(1);
  }
  expect(await countOf("executions", endpoint.flowId)).toBe(keys.length);
});

test("an expired key is taken over by the next request that has it", async () => {
  const endpoint = await seed({ dedupe: { header: "X-Id" } });
  const first = await send(endpoint, { "X-Id": "a" });
  expect(await send(endpoint, { "X-Id": "a" })).toMatchObject({
    executionId: first.executionId,
    duplicate: true,
  });
  await expire(endpoint.flowId);
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      sendTo(apis[index % 2], endpoint, { headers: { "X-Id": "a" }, body: "{}" }),
    ),
  );
  const ids = new Set(answers.map((answer) => answer.executionId));
  expect(ids.size).toBe(1);
  expect(ids.has(first.executionId)).toBe(false);
  expect(await countOf("executions", endpoint.flowId)).toBe(2);
});

test("the same Idempotency-Key with another body is a conflict, and with the same body is not", async () => {
  const endpoint = await seed();
  const headers = { "Idempotency-Key": "k" };
  const first = await send(endpoint, headers, "a");
  expect(await send(endpoint, headers, "a")).toMatchObject({ status: 202, executionId: first.executionId });
  expect(await send(endpoint, headers, "b")).toMatchObject({ status: 409, code: "request/conflict" });
  expect(await countOf("executions", endpoint.flowId)).toBe(1);
});

test("two bodies under one Idempotency-Key in one window: one is stored, the other is a conflict", async () => {
  const endpoint = await seed();
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      send(endpoint, { "Idempotency-Key": "k" }, index % 2 ? "a" : "b"),
    ),
  );
  expect(answers.filter((answer) => answer.status === 202)).toHaveLength(10);
  expect(answers.filter((answer) => answer.status === 409)).toHaveLength(10);
  expect(await countOf("executions", endpoint.flowId)).toBe(1);
});

test("a provider's delivery id is the same delivery whatever the body", async () => {
  const endpoint = await seed();
  const first = await send(endpoint, { "webhook-id": "msg_1" }, "a");
  const second = await send(endpoint, { "webhook-id": "msg_1" }, "b");
  expect(second).toMatchObject({ status: 202, executionId: first.executionId, duplicate: true });
});

test("a JSON path and a body's hash make keys too", async () => {
  const byPath = await seed({ dedupe: { jsonPath: "data.id" } });
  const first = await send(byPath, {}, '{"data":{"id":7},"n":1}');
  expect(await send(byPath, {}, '{"n":2,"data":{"id":7}}')).toMatchObject({ executionId: first.executionId });
  expect(await send(byPath, {}, '{"data":{"id":8}}')).toMatchObject({ duplicate: false });
  expect(await send(byPath, {}, "not json")).toMatchObject({ duplicate: false });
  const byHash = await seed({ dedupe: { bodyHash: true } });
  const one = await send(byHash, {}, "same");
  expect(await send(byHash, {}, "same")).toMatchObject({ executionId: one.executionId, duplicate: true });
  expect(await send(byHash, {}, "other")).toMatchObject({ duplicate: false });
});

test("without a key every request is its own, and one key of two flows is two", async () => {
  const [one, other] = [await seed(), await seed()];
  const answers = await Promise.all([
    send(one, {}),
    send(one, {}),
    send(one, { "Idempotency-Key": "k" }),
    send(other, { "Idempotency-Key": "k" }),
  ]);
  expect(new Set(answers.map((answer) => answer.executionId)).size).toBe(4);
  expect(answers.every((answer) => !answer.duplicate)).toBe(true);
});

test("a key that is too long is refused", async () => {
  const endpoint = await seed();
  expect(await send(endpoint, { "Idempotency-Key": "k".repeat(1_025) })).toMatchObject({ status: 400 });
});

test("expired keys are swept in small batches, live ones stay", async () => {
  const endpoint = await seed();
  await Promise.all(
    Array.from({ length: 7 }, (_, index) => send(endpoint, { "Idempotency-Key": `old-${index}` })),
  );
  await expire(endpoint.flowId);
  await send(endpoint, { "Idempotency-Key": "live" });
  const swept = [
    await sweepDedupKeys(database.db, { batch: 5 }),
    await sweepDedupKeys(database.db, { batch: 5 }),
  ];
  expect(swept).toEqual([5, 2]);
  expect(await send(endpoint, { "Idempotency-Key": "live" })).toMatchObject({ duplicate: true });
});
