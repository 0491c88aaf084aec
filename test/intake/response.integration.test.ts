import { sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { waitFor } from "../support/wait-for.ts";
import { seedEndpoint, type TriggerInput } from "./seed-endpoint.ts";
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
