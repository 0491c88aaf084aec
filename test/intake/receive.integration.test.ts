import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findPayload } from "#db/payloads.ts";
import { listRefusedRequests } from "#db/refused-requests.ts";
import type { WebhookReceipt } from "#contract/webhook.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { seedEndpoint, type SeedOptions } from "./seed-endpoint.ts";
import { startTestApi, type TestApi } from "./start-test-api.ts";

let database: TestDatabase;
let api: TestApi;
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startTestApi(database.url);
});
afterAll(async () => {
  await api.stop();
  await database.drop();
});

const seed = (options: Omit<SeedOptions, "db" | "vault"> = {}) =>
  seedEndpoint({ db: database.db, vault: api.vault, ...options });
const receipt = async (response: Response) => (await response.json()) as WebhookReceipt;
const countExecutions = async (flowId: string) =>
  (await database.db.selectFrom("executions").select("id").where("flow_id", "=", flowId).execute()).length;

test("a webhook is stored exactly as it was sent and answered 202", async () => {
  const endpoint = await seed();
  const body = Buffer.from([0, 255, 10, 13, 0xc3, 0x28, 0]);
  const response = await api.hook(
    endpoint.token,
    { method: "PUT", body, headers: { "X-Odd": "ä", Authorization: "Bearer s3cret" } },
    "/a%2Fb/../c?x=1&y=%20",
  );
  expect(response.status).toBe(202);
  const { executionId, statusUrl, duplicate } = await receipt(response);
  expect(duplicate).toBe(false);
  expect(response.headers.get("location")).toBe(statusUrl);
  const payload = await findPayload(database.db, executionId);
  expect(payload).toMatchObject({ method: "PUT", query: "x=1&y=%20", body });
  expect(Object.fromEntries(payload?.headers ?? [])).toMatchObject({ "X-Odd": "ä" });
  expect(JSON.stringify(payload?.headers)).not.toContain("s3cret");
  const execution = await database.db
    .selectFrom("executions")
    .selectAll()
    .where("id", "=", executionId)
    .executeTakeFirstOrThrow();
  expect(execution).toMatchObject({
    state: "queued",
    trigger: "webhook",
    organization_id: endpoint.organizationId,
    customer_id: endpoint.customerId,
    flow_key: "push",
  });
  const queued = await database.db
    .selectFrom("queue")
    .selectAll()
    .where("execution_id", "=", executionId)
    .execute();
  expect(queued).toMatchObject([{ status: 0, flow_id: endpoint.flowId }]);
  expect(queued[0]!.shard).toBeGreaterThanOrEqual(0);
});

test.each(["GET", "POST", "PUT", "PATCH", "DELETE"])("%s starts an execution", async (method) => {
  const endpoint = await seed();
  expect((await api.hook(endpoint.token, { method })).status).toBe(202);
  expect(await countExecutions(endpoint.flowId)).toBe(1);
});

test("the status URL tells state and times to whoever holds it, and nothing else", async () => {
  const endpoint = await seed();
  const { statusUrl } = await receipt(await api.hook(endpoint.token, { body: "secret" }));
  const response = await fetch(statusUrl);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    state: "queued",
    receivedAt: expect.any(String),
    startedAt: null,
    waitingUntil: null,
    finishedAt: null,
  });
  const forged = statusUrl.slice(0, -1) + (statusUrl.endsWith("A") ? "B" : "A");
  expect((await fetch(forged)).status).toBe(404);
});

test("an API key is needed, may be one of several, and is refused once revoked", async () => {
  const endpoint = await seed({ trigger: { apiKeys: "required" } });
  const send = (headers: Record<string, string>) => api.hook(endpoint.token, { headers, body: "x" });
  expect((await send({})).status).toBe(401);
  expect((await send({ "Api-Key": "mk_wrong" })).status).toBe(401);
  expect((await send({ "Api-Key": endpoint.apiKey })).status).toBe(202);
  await waitFor(
    async () =>
      (
        await database.db
          .selectFrom("flow_api_keys")
          .select("last_used_at")
          .where("id", "=", endpoint.apiKeyId)
          .executeTakeFirstOrThrow()
      ).last_used_at !== null,
    { what: "the key's last use is written" },
  );
  const refused = await waitFor(
    async () => {
      const rows = await listRefusedRequests(database.db, endpoint.flowId);
      return rows.length === 2 && rows;
    },
    { what: "both refusals are recorded" },
  );
  expect(refused[0]).toMatchObject({
    status: 401,
    code: "request/unauthenticated",
    reason: "Api-Key is wrong or revoked",
    method: "POST",
    bodyBytes: 1,
  });
  expect(await countExecutions(endpoint.flowId)).toBe(1);
});

test("an optional key may be left out, but not be wrong", async () => {
  const endpoint = await seed({ trigger: { apiKeys: "optional" } });
  expect((await api.hook(endpoint.token)).status).toBe(202);
  expect((await api.hook(endpoint.token, { headers: { "Api-Key": "mk_wrong" } })).status).toBe(401);
});

test("a signature is checked on the raw bytes", async () => {
  const endpoint = await seed({ trigger: { signature: "github" }, secret: "s" });
  const body = Buffer.from([0xff, 0xfe, 0x7b]);
  const right = `sha256=${createHmac("sha256", "s").update(body).digest("hex")}`;
  const send = (signature: string) =>
    api.hook(endpoint.token, { body, headers: { "X-Hub-Signature-256": signature } });
  expect((await send(right)).status).toBe(202);
  const wrong = await send(right.replace(/.$/, (last) => (last === "0" ? "1" : "0")));
  expect(wrong.status).toBe(401);
  expect(wrong.headers.get("content-type")).toBe("application/problem+json");
  expect(await wrong.json()).toMatchObject({ code: "request/unauthenticated", status: 401 });
});

test("a signature without a secret, or with one that does not open, fails closed", async () => {
  const none = await seed({ trigger: { signature: "github" } });
  expect((await api.hook(none.token)).status).toBe(401);
  const broken = await seed({ trigger: { signature: "github" }, secret: "s" });
  await database.db
    .updateTable("flows")
    .set({ signing_secret: Buffer.from("not sealed by us at all, but long enough to be read") })
    .where("id", "=", broken.flowId)
    .execute();
  const answer = await api.hook(broken.token);
  expect(answer.status).toBe(401);
  expect(await answer.json()).toMatchObject({ detail: expect.stringContaining("does not open") });
});

test("a trigger that cannot be read lets nothing through", async () => {
  const endpoint = await seed();
  await database.pool.query(
    `UPDATE versions SET definition = jsonb_set(definition, '{flows,0,trigger,signature}', '{"type":"rot13"}')
     WHERE organization_id = $1`,
    [endpoint.organizationId],
  );
  expect((await api.hook(endpoint.token)).status).toBe(401);
  expect(await countExecutions(endpoint.flowId)).toBe(0);
});

test("Slack's url_verification is answered once its signature is right", async () => {
  const endpoint = await seed({
    trigger: { signature: "slack", handshake: "slack" },
    secret: "slack-secret",
  });
  const body = JSON.stringify({ type: "url_verification", challenge: "abc" });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = `v0=${createHmac("sha256", "slack-secret").update(`v0:${timestamp}:${body}`).digest("hex")}`;
  const headers = { "X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature };
  const response = await api.hook(endpoint.token, { body, headers });
  expect([response.status, await response.text()]).toEqual([200, "abc"]);
  const unsigned = await api.hook(endpoint.token, { body });
  expect(unsigned.status).toBe(401);
  expect(await countExecutions(endpoint.flowId)).toBe(0);
});

test("Meta's challenge is answered for the right token only", async () => {
  const endpoint = await seed({ trigger: { handshake: "meta" }, secret: "verify-me" });
  const ask = (token: string) =>
    api.hook(
      endpoint.token,
      { method: "GET" },
      `?hub.mode=subscribe&hub.challenge=42&hub.verify_token=${token}`,
    );
  const right = await ask("verify-me");
  expect([right.status, await right.text()]).toEqual([200, "42"]);
  expect((await ask("guess")).status).toBe(401);
  expect(await countExecutions(endpoint.flowId)).toBe(0);
});

test("HEAD finds an endpoint without starting anything", async () => {
  const endpoint = await seed({ trigger: { apiKeys: "required" } });
  expect((await api.hook(endpoint.token, { method: "HEAD" })).status).toBe(200);
  expect((await api.hook("0".repeat(32), { method: "HEAD" })).status).toBe(404);
  expect(await countExecutions(endpoint.flowId)).toBe(0);
});

test("unknown, malformed and undeployed URLs are 404", async () => {
  const endpoint = await seed({ deployed: false });
  for (const token of ["0".repeat(32), "short", "..", "a".repeat(500), endpoint.token]) {
    const response = await api.hook(token);
    expect(response.status, token).toBe(404);
    expect(await response.json()).toMatchObject({ code: "request/not-found" });
  }
});

test("a large body is compressed at rest and comes back byte for byte", async () => {
  const endpoint = await seed();
  const body = Buffer.from(
    JSON.stringify(Array.from({ length: 5_000 }, (_, index) => ({ index, text: "abc" }))),
  );
  const { executionId } = await receipt(await api.hook(endpoint.token, { body }));
  const row = await database.db
    .selectFrom("payloads")
    .select(["encoding", "body", "body_bytes"])
    .where("execution_id", "=", executionId)
    .executeTakeFirstOrThrow();
  expect(row.encoding).toBe(1);
  expect(row.body_bytes).toBe(body.length);
  expect(row.body.length).toBeLessThan(body.length / 4);
  expect((await findPayload(database.db, executionId))?.body.equals(body)).toBe(true);
});

test("metrics count what was acknowledged and refused", async () => {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  expect(text).toMatch(/millrace_intake_acknowledged_total\{duplicate="false"\} [1-9]/);
  expect(text).toMatch(/millrace_intake_refused_total\{code="request\/unauthenticated"\} [1-9]/);
  expect(text).toMatch(/millrace_intake_commit_seconds_count [1-9]/);
});

test("nothing was logged as an error on the way", () => {
  expect(api.errors).toEqual([]);
});
