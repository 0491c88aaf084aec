import { afterAll, beforeAll, expect, test } from "vitest";
import { workflowIdOf } from "#contract/ids.ts";
import { RUN_FLOW } from "#contract/run-flow.ts";
import {
  type Finding,
  RECONCILE_DEFAULTS,
  reconcileOnce,
  type ReconcileOptions,
} from "#engine/reconcile-once.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import { queueExecutions, seedFlow, type SeededFlow } from "./seed-flow.ts";
import { type Dispatching, startDispatching, stateOf } from "./start-dispatching.ts";

let database: TestDatabase;
let dispatching: Dispatching;
let flow: SeededFlow;
const gate = Promise.withResolvers<void>();
const { address, taskQueue } = testTemporal();

beforeAll(async () => {
  database = await createTestDatabase();
  flow = await seedFlow(database.db);
  dispatching = await startDispatching({
    db: database.db,
    address,
    taskQueue,
    work: () => gate.promise,
  });
});
afterAll(async () => {
  gate.resolve();
  await dispatching.stop();
  await database.drop();
});

/** An execution whose workflow runs, held at its step. */
async function startOne(): Promise<string> {
  const [executionId = ""] = await queueExecutions(database.db, flow, 1);
  await waitFor(async () => (await stateOf(database.db, executionId)).state === "running", {
    what: "it runs",
  });
  return executionId;
}

const handleOf = (executionId: string) =>
  dispatching.client.workflow.getHandle(workflowIdOf({ ...flow, executionId }));

async function reconcile(options: Partial<ReconcileOptions> = {}) {
  return reconcileOnce(
    { db: database.db, client: dispatching.client },
    { ...RECONCILE_DEFAULTS, staleMs: 0, graceMs: 0, signal: AbortSignal.timeout(10_000), ...options },
  );
}
const findingOf = (findings: Finding[], executionId: string) =>
  findings.find((finding) => finding.executionId === executionId);
const isQueued = async (executionId: string) =>
  (await database.db.selectFrom("queue").select("status").where("execution_id", "=", executionId).execute())
    .length > 0;

test("a workflow that runs is left alone, and not compared again at once", async () => {
  const executionId = await startOne();
  const first = await reconcile();
  expect(first.running).toBeGreaterThan(0);
  expect(findingOf(first.findings, executionId)).toBeUndefined();
  expect((await reconcile({ staleMs: 60_000 })).compared).toBe(0);
});

test("a terminated workflow fails its execution and says who did it and why", async () => {
  const executionId = await startOne();
  await handleOf(executionId).terminate("out of patience");
  const dry = await reconcile({ dryRun: true });
  expect(findingOf(dry.findings, executionId)).toMatchObject({ found: "ended-in-temporal", did: "nothing" });
  expect((await stateOf(database.db, executionId)).state).toBe("running");
  expect(findingOf((await reconcile()).findings, executionId)).toMatchObject({ did: "failed" });
  const { state, error } = await stateOf(database.db, executionId);
  expect(state).toBe("failed");
  expect(error).toMatchObject({
    code: "engine/terminated",
    message: expect.stringContaining("out of patience"),
  });
  expect(await isQueued(executionId)).toBe(false);
});

test("a deleted history makes an execution lost, after the grace", async () => {
  const executionId = await startOne();
  const { client } = dispatching;
  const workflowId = workflowIdOf({ ...flow, executionId });
  await client.workflowService.deleteWorkflowExecution({
    namespace: "default",
    workflowExecution: { workflowId },
  });
  await waitFor(
    () =>
      handleOf(executionId)
        .describe()
        .then(
          () => false,
          () => true,
        ),
    { what: "the history is gone" },
  );
  expect(findingOf((await reconcile({ graceMs: 60_000 })).findings, executionId)).toBeUndefined();
  expect(findingOf((await reconcile()).findings, executionId)).toMatchObject({
    found: "no-history",
    did: "lost",
  });
  expect(await stateOf(database.db, executionId)).toMatchObject({
    state: "lost",
    error: { code: "engine/lost" },
  });
  expect(await isQueued(executionId)).toBe(false);
});

test("a write in between wins over what the history said", async () => {
  const executionId = await startOne();
  await handleOf(executionId).terminate("late");
  const { db } = database;
  const racing = {
    db: db.withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        await database.pool.query("update executions set seq = seq + 1 where id = $1", [executionId]);
        return result;
      },
    }),
    client: dispatching.client,
  };
  const options = { ...RECONCILE_DEFAULTS, staleMs: 0, graceMs: 0, signal: AbortSignal.timeout(10_000) };
  expect(findingOf((await reconcileOnce(racing, options)).findings, executionId)).toMatchObject({
    did: "nothing",
  });
  expect((await stateOf(db, executionId)).state).toBe("running");
  await reconcile();
  expect((await stateOf(db, executionId)).state).toBe("failed");
});

test("a history that ended under a row that still runs ends the row the same way", async () => {
  const [executionId = ""] = await queueExecutions(database.db, flow, 1);
  // Held back, so that only its history ends.
  await waitFor(async () => (await stateOf(database.db, executionId)).state === "running", {
    what: "it runs",
  });
  const { client } = dispatching;
  const handle = handleOf(executionId);
  await handle.terminate("replaced by a run that completes");
  await client.workflow.start(RUN_FLOW, {
    workflowId: workflowIdOf({ ...flow, executionId }),
    taskQueue: `${taskQueue}-nobody`,
    args: [],
    workflowExecutionTimeout: "1 second",
  });
  await waitFor(async () => (await handle.describe()).status.name === "TIMED_OUT", {
    what: "its run timed out",
  });
  await reconcile();
  const { state, error } = await stateOf(database.db, executionId);
  expect(state).toBe("failed");
  expect(error).toMatchObject({ code: "engine/terminated", message: expect.stringContaining("time limit") });
});

test("a ready row of an execution that has ended is taken away", async () => {
  const [executionId = ""] = await queueExecutions(database.db, { ...flow, flowKey: "gone" }, 1);
  await waitFor(async () => (await stateOf(database.db, executionId)).state === "failed", {
    what: "it failed",
  });
  await database.pool.query(
    `insert into queue (execution_id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, trigger, status)
     select id, 0, id, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, trigger, 1 from executions where id = $1`,
    [executionId],
  );
  expect(findingOf((await reconcile()).findings, executionId)).toMatchObject({ did: "removed-row" });
  expect(await isQueued(executionId)).toBe(false);
});

test("an execution without a queue row gets it back, and runs", async () => {
  const [executionId = ""] = await queueExecutions(database.db, { ...flow, flowKey: "gone" }, 0).then(
    async () => {
      // As old as the search looks at, and never queued.
      const { rows } = await database.pool.query<{ id: string }>(
        `insert into executions (id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id, flow_id, flow_key, trigger, state, received_at)
       values (overlay(gen_random_uuid()::text placing left(lpad(to_hex((extract(epoch from now()) * 1000 - 300000)::bigint), 12, '0'), 8)
         || '-' || right(lpad(to_hex((extract(epoch from now()) * 1000 - 300000)::bigint), 12, '0'), 4) || '-7' from 1 for 15)::uuid,
         $1, $2, $3, $4, $5, $6, $7, 'push', 'webhook', 'queued', now()) returning id`,
        [
          flow.organizationId,
          flow.customerId,
          flow.instanceId,
          flow.integrationId,
          flow.versionId,
          flow.revisionId,
          flow.flowId,
        ],
      );
      return rows.map((row) => row.id);
    },
  );
  expect(findingOf((await reconcile()).findings, executionId)).toMatchObject({
    found: "no-queue-row",
    did: "restored-row",
  });
  dispatching.dispatcher.hint();
  await waitFor(async () => (await stateOf(database.db, executionId)).state === "running", {
    what: "it runs",
  });
});
