import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { commitSteps } from "#db/commit-steps.ts";
import { deleteExecutions, deleteInstanceRows } from "#db/instance-deletion.ts";
import { insertRefusedRequests } from "#db/refused-requests.ts";
import { insertStepResults, type StepResult } from "#db/step-results.ts";
import { countRowsOf } from "../support/count-rows.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { seedExecution, seedOrdersFlow, type SeededFlow } from "../support/flow-seed.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let flow: SeededFlow;
let executionId: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  flow = await seedOrdersFlow(database.db);
  executionId = await seedExecution(database.db, flow, {});
});

function step(): StepResult {
  return {
    ...flow,
    executionId,
    path: "post",
    generation: 1,
    attempt: 1,
    stepAttempt: 1,
    seq: 1,
    outcome: "ok",
    output: "1",
    error: undefined,
    fetches: undefined,
    logs: [{ atMs: 1, severity: "info", message: "late" }],
    stateWrites: [{ scope: "instance", op: "set", key: "runs", json: "1" }],
    flowCalls: [],
    logsDropped: 0,
    accesses: [],
    accessesDropped: 0,
    startedAtMs: 1,
    waitMs: 1,
    runMs: 1,
    cpuMs: 1,
    peakHeapMb: undefined,
  };
}

async function deleteAll(): Promise<void> {
  await deleteExecutions(database.db, [executionId]);
  await database.db
    .updateTable("instances")
    .set({ deleting_at: new Date() })
    .where("id", "=", flow.instanceId)
    .execute();
  await deleteInstanceRows(database.db, flow.instanceId);
}

async function rowsLeft(): Promise<Record<string, number>> {
  const owned = { instanceIds: [flow.instanceId], flowIds: [flow.flowId], executionIds: [executionId] };
  const counts = await countRowsOf(database.db, owned);
  return Object.fromEntries(Object.entries(counts).filter(([, rows]) => rows > 0));
}

/** Another session waits for a lock. */
const someoneWaits = () =>
  waitFor(
    async () => {
      const { rows } = await sql<{ waits: boolean }>`SELECT EXISTS (SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock') AS waits`.execute(database.db);
      return rows[0]?.waits === true;
    },
    { what: "the other statement waits for the lock" },
  );

test("a step that commits after the deletion of its instance brings no row back", async () => {
  await deleteAll();
  const late = [step(), { ...step(), path: "notify", stateWrites: [] }];
  expect(await commitSteps(database.db, late, () => {})).toEqual(["known", "known"]);
  expect(await rowsLeft()).toEqual({});
});

test("a step that commits while its execution is being deleted finds it gone", async () => {
  let committing: Promise<boolean[]> | undefined;
  await database.db.transaction().execute(async (transaction) => {
    await sql`SELECT FROM executions WHERE id = ${executionId} FOR UPDATE`.execute(transaction);
    committing = insertStepResults(database.db, [step()]);
    await someoneWaits();
    await sql`DELETE FROM executions WHERE id = ${executionId}`.execute(transaction);
  });
  expect(await committing).toEqual([false]);
  await deleteAll();
  expect(await rowsLeft()).toEqual({});
});

test("a deletion waits for a step that is committing, and takes its rows too", async () => {
  let deleting: Promise<void> | undefined;
  await database.db.transaction().execute(async (transaction) => {
    expect(await insertStepResults(transaction, [step()])).toEqual([true]);
    deleting = deleteExecutions(database.db, [executionId]);
    await someoneWaits();
  });
  await deleting;
  await deleteAll();
  expect(await rowsLeft()).toEqual({});
});

test("a refusal that is written down after the deletion of its flow is left out, its neighbour's is kept", async () => {
  const neighbour = await seedOrdersFlow(database.db);
  await deleteAll();
  const refusal = { at: new Date(), status: 401, code: "c", reason: "r", method: "POST", bodyBytes: 1 };
  await insertRefusedRequests(database.db, [
    { ...refusal, flowId: flow.flowId },
    { ...refusal, flowId: neighbour.flowId },
  ]);
  expect(await rowsLeft()).toEqual({});
  expect(
    await database.db
      .selectFrom("refused_requests")
      .select("flow_id")
      .where("flow_id", "=", neighbour.flowId)
      .execute(),
  ).toHaveLength(1);
});
