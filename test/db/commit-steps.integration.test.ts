import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import type { FlowCall } from "#contract/flow-calls.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import { LIMITS } from "#contract/limits.ts";
import type { StateWrite } from "#contract/step-state.ts";
import { commitSteps } from "#db/commit-steps.ts";
import { findCallStanding } from "#db/flow-calls.ts";
import { listState } from "#db/instance-state.ts";
import { QUEUE_STATUS } from "#db/queue.ts";
import { listStoredSteps, type StepResult } from "#db/step-results.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { seedExecution, seedOrdersFlow, type SeededFlow } from "../support/flow-seed.ts";

let database: TestDatabase;
let flow: SeededFlow;
beforeAll(async () => {
  database = await createTestDatabase();
  flow = await seedOrdersFlow(database.db);
});
afterAll(() => database.drop());
beforeEach(async () => {
  await database.db.deleteFrom("instance_state").execute();
});

const place = { scope: "instance", key: "n" } as const;
const plusOne: StateWrite = { ...place, op: "increment", by: 1 };

async function result(
  stateWrites: readonly StateWrite[],
  flowCalls: readonly FlowCall[] = [],
): Promise<StepResult> {
  return {
    ...flow,
    executionId: await seedExecution(database.db, flow, {}),
    path: "post",
    generation: 1,
    attempt: 1,
    stepAttempt: 1,
    seq: 1,
    outcome: "ok",
    output: "1",
    error: undefined,
    fetches: undefined,
    stateWrites,
    flowCalls,
    logs: [],
    logsDropped: 0,
    accesses: [],
    accessesDropped: 0,
    startedAtMs: Date.now(),
    waitMs: 1,
    runMs: 1,
    cpuMs: 1,
    peakHeapMb: 1,
  };
}
const commit = (results: StepResult[]) => commitSteps(database.db, results, () => {});
const values = async () =>
  Object.fromEntries((await listState(database.db, flow.instanceId)).map(({ key, value }) => [key, value]));

test("a try that is committed twice, at once or later, counts once", async () => {
  const counted = await result([plusOne]);
  const both = await Promise.all([commit([counted]), commit([counted])]);
  expect(both.flat().toSorted()).toEqual(["known", "stored"]);
  expect(await commit([counted])).toEqual(["known"]);
  expect(await values()).toEqual({ n: "1" });
});

test("beside each other all increments count", async () => {
  const results = await Promise.all(Array.from({ length: 12 }, () => result([plusOne])));
  await Promise.all(results.map((each) => commit([each])));
  expect(await values()).toEqual({ n: "12" });
});

test("a comparison that no longer holds keeps nothing of the step, and its neighbours are stored", async () => {
  const changes: StateWrite[] = [
    { ...place, key: "other", op: "set", json: "1" },
    { ...place, op: "compare-and-set", expected: null, json: '"mine"' },
  ];
  const [first, second, plain] = await Promise.all([result(changes), result(changes), result([])]);
  expect(await commit([first, second, plain])).toEqual(["stored", "state-conflict", "stored"]);
  expect(await listStoredSteps(database.db, second.executionId)).toEqual([]);
  expect(await values()).toEqual({ n: '"mine"', other: "1" });
});

test("a value that has become no number meanwhile is a conflict", async () => {
  const late = await result([plusOne]);
  await commit([await result([{ ...place, op: "set", json: '"text"' }])]);
  expect(await commit([late])).toEqual(["state-conflict"]);
});

test("an instance keeps so many values and no more", async () => {
  const many = Array.from({ length: LIMITS.stateKeys }, (_, n): StateWrite => {
    return { ...place, key: `k${n}`, op: "set", json: "1" };
  });
  expect(await commit([await result(many)])).toEqual(["stored"]);
  expect(await commit([await result([plusOne])])).toEqual(["state-full"]);
});

const callOf = (key = "#1"): FlowCall => ({
  key,
  flowKey: flow.flowKey,
  executionId: createId(),
  payload: '{"n":1}',
});
const findCalled = (executionId: string) =>
  database.db
    .selectFrom("executions as e")
    .innerJoin("queue as q", "q.execution_id", "e.id")
    .select(["e.state", "q.status", "e.is_test", "e.revision_id", "e.called_by", "e.call_depth"])
    .where("e.id", "=", executionId)
    .executeTakeFirst();
const update = (table: "executions" | "instances", id: string, set: object) =>
  database.db.updateTable(table).set(set).where("id", "=", id).execute();

test("a call is made with the result, once, at its caller's revision", async () => {
  const call = callOf();
  const caller = await result([plusOne], [call]);
  const hinted: number[] = [];
  const both = [caller, caller].map((each) =>
    commitSteps(database.db, [each], (shard) => hinted.push(shard)),
  );
  expect((await Promise.all(both)).flat().toSorted()).toEqual(["known", "stored"]);
  expect(hinted).toEqual([shardOf(laneOf(flow))]);
  expect(await findCalled(call.executionId)).toEqual({
    state: "queued",
    status: QUEUE_STATUS.ready,
    is_test: false,
    revision_id: flow.revisionId,
    called_by: caller.executionId,
    call_depth: 1,
  });
  expect(await findCallStanding(database.db, caller.executionId, "post")).toEqual({
    depth: 0,
    made: 1,
    known: new Map([["#1", call.executionId]]),
  });
  expect(await findCallStanding(database.db, call.executionId, "post")).toMatchObject({ depth: 1, made: 0 });
});

test("a call that another try has made since keeps nothing of the step", async () => {
  const [made, late] = [callOf(), callOf()];
  const caller = await result([], [made]);
  await commit([caller]);
  const second = { ...caller, stepAttempt: 2, seq: 2, stateWrites: [plusOne], flowCalls: [late] };
  expect(await commit([second])).toEqual(["state-conflict"]);
  expect(await findCalled(late.executionId)).toBeUndefined();
  expect(await values()).toEqual({});
});

test("a paused instance holds what is called, but for what a test calls", async () => {
  await update("instances", flow.instanceId, { paused_at: new Date() });
  try {
    const [held, ofTest] = [callOf(), callOf()];
    const test = await result([], [ofTest]);
    await update("executions", test.executionId, { is_test: true });
    await commit([await result([], [held]), test]);
    expect(await findCalled(held.executionId)).toMatchObject({ state: "held", status: QUEUE_STATUS.held });
    expect(await findCalled(ofTest.executionId)).toMatchObject({ state: "queued", is_test: true });
  } finally {
    await update("instances", flow.instanceId, { paused_at: null });
  }
});

test("a late step of an instance that is being deleted brings nothing back", async () => {
  const call = callOf();
  const late = await result([plusOne], [call]);
  await database.db
    .updateTable("instances")
    .set({ deleting_at: new Date() })
    .where("id", "=", flow.instanceId)
    .execute();
  expect(await commit([late])).toEqual(["stored"]);
  expect(await values()).toEqual({});
  expect(await findCalled(call.executionId)).toBeUndefined();
});
