import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness, step } from "../support/flow-harness.ts";
import { testTemporal } from "../support/temporal.ts";

const ENTRY = new URL("../fixtures/workflows/continue-early.ts", import.meta.url).pathname;

let database: TestDatabase;
let flows: FlowHarness;

beforeAll(async () => {
  database = await createTestDatabase();
  const { address: temporalAddress, taskQueue } = testTemporal();
  flows = await FlowHarness.start({ databaseUrl: database.url, temporalAddress, taskQueue, entry: ENTRY });
});
afterAll(async () => {
  await flows.stop();
  await database.drop();
});

test("a long history goes on in a new run of the same generation, and no step is repeated", async () => {
  flows.upstream.answer("/post", { status: 503 }, { status: 503 });
  flows.upstream.answer("/notify", { status: 503 });
  const steps = [step("parse"), step("post"), step("notify"), step("noop")];
  const { executionId, workflowId, runId } = await flows.start({ steps, retry: { maxAttempts: 5 } });
  await flows.client.workflow.getHandle(workflowId).result();
  const row = await flows.execution(executionId);
  expect(row).toMatchObject({ state: "succeeded", generation: 1, attempt: 4 });
  expect(row.run_id).not.toBe(runId);
  const results = await flows.steps(executionId);
  expect(results.map(({ attempt, path, outcome }) => `${attempt} ${path} ${outcome}`)).toEqual([
    "1 parse ok",
    "1 post threw",
    "2 post threw",
    "3 post ok",
    "3 notify threw",
    "4 notify ok",
    "4 noop ok",
  ]);
  // Outputs of the runs before are seen: of parse, post and notify.
  expect(results.at(-1)?.output).toBe("3");
  const first = await flows.history(workflowId, runId);
  expect(first.events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes).toBeTruthy();
});
