import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { listRefusedRequests } from "#db/refused-requests.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { changeInstance, type SeededEndpoint, seedEndpoint, type TriggerInput } from "./seed-endpoint.ts";
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
/** What every process answers. */
const statuses = (endpoint: SeededEndpoint, headers: Record<string, string> = {}) =>
  Promise.all(apis.map(async (api) => (await api.hook(endpoint.token, { headers })).status));
/** A change counts as seen when it is, on every process, within the second that is promised. */
const becomes = (endpoint: SeededEndpoint, status: number, headers: Record<string, string> = {}) =>
  waitFor(async () => (await statuses(endpoint, headers)).every((each) => each === status), {
    timeoutMs: 1_000,
    what: `every process answers ${status}`,
  });
const stateOf = async (endpoint: SeededEndpoint) =>
  database.db
    .selectFrom("executions")
    .innerJoin("queue", "queue.execution_id", "executions.id")
    .select(["executions.state", "queue.status"])
    .where("executions.flow_id", "=", endpoint.flowId)
    .execute();

test("pause, unpause, undeploy and delete take effect within a second on every process", async () => {
  const endpoint = await seed();
  expect(await statuses(endpoint)).toEqual([202, 202]);
  await changeInstance(database.db, endpoint, { paused_at: new Date() });
  await becomes(endpoint, 503);
  const paused = await apis[0]!.hook(endpoint.token);
  expect(Number(paused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await paused.json()).toMatchObject({ code: "request/paused" });
  await changeInstance(database.db, endpoint, { paused_at: null });
  await becomes(endpoint, 202);
  await changeInstance(database.db, endpoint, { deployed_revision_id: null });
  await becomes(endpoint, 404);
  await changeInstance(database.db, endpoint, { deleting_at: new Date() });
  await becomes(endpoint, 410);
});

test("a revoked key is refused within a second, and the others go on", async () => {
  const endpoint = await seed({ apiKeys: "required" });
  const headers = { "Api-Key": endpoint.apiKey };
  expect(await statuses(endpoint, headers)).toEqual([202, 202]);
  await database.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("flow_api_keys")
      .set({ revoked_at: new Date() })
      .where("id", "=", endpoint.apiKeyId)
      .execute();
    await recordEndpointChange(transaction, [endpoint.flowId]);
  });
  await becomes(endpoint, 401, headers);
});

test("a removed flow is gone for good", async () => {
  const endpoint = await seed();
  expect(await statuses(endpoint)).toEqual([202, 202]);
  await database.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("flows")
      .set({ removed_at: new Date() })
      .where("id", "=", endpoint.flowId)
      .execute();
    await recordEndpointChange(transaction, [endpoint.flowId]);
  });
  await becomes(endpoint, 410);
});

test("a token that was unknown a moment ago works within a second of its flow's deploy", async () => {
  const endpoint = await seed();
  await database.pool.query("UPDATE flows SET endpoint_token = $2 WHERE id = $1", [
    endpoint.flowId,
    "x".repeat(32),
  ]);
  expect(await statuses(endpoint)).toEqual([404, 404]);
  await database.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("flows")
      .set({ endpoint_token: endpoint.token })
      .where("id", "=", endpoint.flowId)
      .execute();
    await recordEndpointChange(transaction, [endpoint.flowId]);
  });
  await becomes(endpoint, 202);
});

test("a process that missed changes forgets everything it knew", async () => {
  const endpoint = await seed();
  expect(await statuses(endpoint)).toEqual([202, 202]);
  // The record of this change is swept before anyone polls.
  await database.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("instances")
      .set({ deleting_at: new Date() })
      .where("id", "=", endpoint.instanceId)
      .execute();
    await recordEndpointChange(transaction, [endpoint.flowId]);
    await transaction.deleteFrom("endpoint_changes").execute();
  });
  await becomes(endpoint, 410);
});

test("a flow that holds stores what comes while it is paused, unless the pause is over", async () => {
  const endpoint = await seed({ whenPaused: "hold" });
  await changeInstance(database.db, endpoint, { paused_at: new Date() });
  expect((await apis[0]!.hook(endpoint.token)).status).toBe(202);
  expect(await stateOf(endpoint)).toEqual([{ state: "held", status: 1 }]);
  // Unpaused behind the cache's back: it still believes in the pause, and the row is queued all the same.
  await database.db
    .updateTable("instances")
    .set({ paused_at: null })
    .where("id", "=", endpoint.instanceId)
    .execute();
  expect((await apis[0]!.hook(endpoint.token)).status).toBe(202);
  expect(await stateOf(endpoint)).toContainEqual({ state: "queued", status: 0 });
});

test("an unpause that waits for a window sees what the window held", async () => {
  const endpoint = await seed({ whenPaused: "hold" });
  await changeInstance(database.db, endpoint, { paused_at: new Date() });
  await apis[0]!.hook(endpoint.token);
  const sent = Array.from({ length: 50 }, (_, index) => apis[index % 2]!.hook(endpoint.token));
  await database.db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("instances")
      .set({ paused_at: null })
      .where("id", "=", endpoint.instanceId)
      .execute();
    await transaction
      .updateTable("queue")
      .set({ status: 0 })
      .where("instance_id", "=", endpoint.instanceId)
      .where("status", "=", 1)
      .execute();
  });
  await Promise.all(sent);
  expect((await stateOf(endpoint)).filter((row) => row.status === 1)).toEqual([]);
});

test("a flow that drops answers 202, stores nothing and says so in its record", async () => {
  const endpoint = await seed({ whenPaused: "drop" });
  await changeInstance(database.db, endpoint, { paused_at: new Date() });
  const response = await apis[0]!.hook(endpoint.token);
  expect([response.status, await response.json()]).toEqual([202, { dropped: true }]);
  expect(await stateOf(endpoint)).toEqual([]);
  await waitFor(async () => (await listRefusedRequests(database.db, endpoint.flowId)).length === 1, {
    what: "the dropped request is recorded",
  });
});

test("an endpoint remembers its last hundred refusals", async () => {
  const endpoint = await seed({ apiKeys: "required" });
  const refuse = (count: number) =>
    Promise.all(Array.from({ length: count }, () => apis[0]!.hook(endpoint.token, { body: "x" })));
  await refuse(30);
  await waitFor(async () => (await listRefusedRequests(database.db, endpoint.flowId)).length === 30, {
    what: "the first are recorded",
  });
  await refuse(90);
  await waitFor(async () => (await listRefusedRequests(database.db, endpoint.flowId)).length === 100, {
    what: "the ring is full",
  });
  await refuse(40);
  await apis[0]!.hook(endpoint.token, { method: "DELETE" });
  const rows = await waitFor(
    async () => {
      const listed = await listRefusedRequests(database.db, endpoint.flowId);
      return listed.some((row) => row.method === "DELETE") && listed;
    },
    { what: "the last one is recorded" },
  );
  expect(rows).toHaveLength(100);
  expect(rows[0]?.method).toBe("DELETE");
});
