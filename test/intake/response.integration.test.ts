import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { changeInstance, type SeededEndpoint, seedEndpoint, type TriggerInput } from "./seed-endpoint.ts";
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

/** What a worker does: the answering step's result and the execution's state, then the hint. */
async function commit(executionId: string, { state, output }: { state: string; output?: unknown }) {
  const { db } = database;
  if (output !== undefined)
    await sql`INSERT INTO step_results (execution_id, path, generation, attempt, step_attempt, seq, outcome, output,
      output_characters, started_at, wait_ms, run_ms, cpu_ms)
      VALUES (${executionId}, 'only', 1, 1, 1, 1, 'ok', ${JSON.stringify(output)}, 1, now(), 0, 0, 0)`.execute(
      db,
    );
  await sql`UPDATE executions SET state = ${state} WHERE id = ${executionId}`.execute(db);
  api.hints.send("millrace_execution", executionId);
}

/** The execution of a request that is not answered yet. */
const executionOf = (endpoint: SeededEndpoint): Promise<string> =>
  waitFor(
    async () => {
      const rows = database.db.selectFrom("executions").select("id").where("flow_id", "=", endpoint.flowId);
      return (await rows.executeTakeFirst())?.id;
    },
    { what: "the request is stored" },
  );

const seed = (trigger: TriggerInput) => seedEndpoint({ db: database.db, vault: api.vault, trigger });

test("a flow's fixed answer stands in for the receipt, once the request is stored", async () => {
  const endpoint = await seed({ response: { body: "Looking it up…" } });
  const response = await api.hook(endpoint.token);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("location")).toContain("/status/");
  expect(await response.text()).toBe("Looking it up…");
  const rows = await database.db
    .selectFrom("executions")
    .select("id")
    .where("flow_id", "=", endpoint.flowId)
    .execute();
  expect(rows).toHaveLength(1);
});

test("an answer without content has none", async () => {
  const endpoint = await seed({ response: { status: 204, body: "ignored" } });
  const response = await api.hook(endpoint.token);
  expect({ status: response.status, text: await response.text() }).toEqual({ status: 204, text: "" });
});

const waits = { step: "only", withinMs: 20_000 };

test("a sender waits for the flow's answer at whichever api, and the same delivery gets it again", async () => {
  const other = await startTestApi(database.url);
  try {
    const endpoint = await seed({ reply: waits });
    const headers = { "idempotency-key": "one" };
    const waiting = [api, other].map((each) => each.hook(endpoint.token, { headers, body: "{}" }));
    const executionId = await executionOf(endpoint);
    await commit(executionId, {
      state: "running",
      output: { status: 201, headers: { "x-found": "3" }, body: "<script>" },
    });
    for (const response of [
      ...(await Promise.all(waiting)),
      await api.hook(endpoint.token, { headers, body: "{}" }),
    ]) {
      expect({ status: response.status, body: await response.text() }).toEqual({
        status: 201,
        body: "<script>",
      });
      expect(response.headers.get("x-found")).toBe("3");
      expect(response.headers.get("link")).toMatch(/\/status\/.*>; rel="status"$/);
      expect(response.headers.get("content-security-policy")).toContain("sandbox");
    }
  } finally {
    await other.stop();
  }
});

test("a flow that fails before it answers is told at once, with its execution", async () => {
  const endpoint = await seed({ reply: waits });
  const waiting = api.hook(endpoint.token, { body: "{}" });
  const executionId = await executionOf(endpoint);
  await commit(executionId, { state: "failed" });
  const response = await waiting;
  expect(response.status).toBe(502);
  expect(await response.json()).toMatchObject({
    code: "step/no-reply",
    executionId,
    statusUrl: expect.stringContaining("/status/"),
  });
});

test("what does not come in time is the receipt, or the fixed answer where there is one", async () => {
  const receipt = await api.hook((await seed({ reply: { ...waits, withinMs: 100 } })).token);
  expect(receipt.status).toBe(202);
  expect(await receipt.json()).toMatchObject({ executionId: expect.any(String), duplicate: false });
  const both = await seed({ reply: { ...waits, withinMs: 100 }, response: { body: "Later" } });
  expect(await (await api.hook(both.token)).text()).toBe("Later");
});

test("nobody waits for what a pause holds", async () => {
  const endpoint = await seed({ reply: waits, whenPaused: "hold" });
  await changeInstance(database.db, endpoint, { paused_at: new Date() });
  expect((await api.hook(endpoint.token)).status).toBe(202);
});

test("an api that stops answers who waits, and a sender that leaves changes nothing", async () => {
  const stopping = await startTestApi(database.url);
  const endpoint = await seed({ reply: waits });
  const leaving = new AbortController();
  const left = stopping.hook(endpoint.token, { signal: leaving.signal }).catch(() => "left");
  const executionId = await executionOf(endpoint);
  leaving.abort();
  expect(await left).toBe("left");
  const other = await seed({ reply: waits });
  const waiting = stopping.hook(other.token);
  await executionOf(other);
  await stopping.stop();
  expect((await waiting).status).toBe(202);
  await commit(executionId, { state: "succeeded", output: 1 });
});

test("a flow that a schedule begins takes no webhooks, and says so", async () => {
  const endpoint = await seed({});
  expect((await api.hook(endpoint.token)).status).toBe(202);
  await sql`UPDATE versions SET definition = jsonb_set(definition, '{flows,0,trigger}',
    '{"type":"schedule","timetable":{"cron":"0 3 * * *"},"timeZone":"UTC","overlap":"skip","catchUpMs":0}')
    WHERE organization_id = ${endpoint.organizationId}`.execute(database.db);
  await database.db
    .transaction()
    .execute((transaction) => recordEndpointChange(transaction, [endpoint.flowId]));
  const refused = await waitFor(
    async () => {
      const response = await api.hook(endpoint.token);
      return response.status === 404 ? response : undefined;
    },
    { what: "the schedule's URL answers 404" },
  );
  expect(await refused.text()).toContain("begun by a schedule trigger, not by webhooks");
});
