import type { KyselyPlugin } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExecutionListener } from "#contract/execution-listener.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness } from "../support/flow-harness.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let flows: FlowHarness;
let statements = 0;
const told: string[] = [];

const counting: KyselyPlugin = {
  transformQuery(args) {
    statements += 1;
    return args.node;
  },
  transformResult: (args) => Promise.resolve(args.result),
};

const listener: ExecutionListener = {
  changed: () => {},
  queued: () => {},
  reached: () => {},
  waitedForIsolate: () => {},
  waiting: (executionId) => told.push(`${executionId} waiting`),
  resumed: (executionId) => told.push(`${executionId} resumed`),
  finished: (executionId, state) => told.push(`${executionId} ${state}`),
};

beforeAll(async () => {
  database = await createTestDatabase();
  const { address: temporalAddress, taskQueue } = testTemporal();
  flows = await FlowHarness.start({
    databaseUrl: database.url,
    temporalAddress,
    taskQueue,
    listener,
    wrapDb: (db) => db.withPlugin(counting),
  });
  // Reads the revision, which is kept from then on.
  const { executionId } = await flows.start();
  await flows.reaches(executionId, "succeeded");
});
afterAll(async () => {
  await flows.stop();
  await database.drop();
});

test("an execution that this worker began reads nothing: a statement per step and one for its end", async () => {
  const before = statements;
  const { executionId, workflowId } = await flows.start({ primeTrigger: true });
  await flows.client.workflow.getHandle(workflowId).result();
  expect(statements - before).toBe(4);
  expect(told).toContain(`${executionId} succeeded`);
});

test("the process is told of waits and their ends, each after its commit", async () => {
  flows.upstream.answer("/post", { status: 503 });
  const { executionId } = await flows.start({ retry: { maxAttempts: 2 } });
  await waitFor(() => told.includes(`${executionId} succeeded`), { what: "its end is told" });
  expect(told.filter((line) => line.startsWith(executionId)).map((line) => line.split(" ")[1])).toEqual([
    "waiting",
    "resumed",
    "succeeded",
  ]);
});
