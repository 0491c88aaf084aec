import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import type { StateWrite } from "#contract/step-state.ts";
import { commitSteps } from "#db/commit-steps.ts";
import { listState } from "#db/instance-state.ts";
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

async function result(stateWrites: readonly StateWrite[]): Promise<StepResult> {
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
const values = async () =>
  Object.fromEntries((await listState(database.db, flow.instanceId)).map(({ key, value }) => [key, value]));

test("a try that is committed twice, at once or later, counts once", async () => {
  const counted = await result([plusOne]);
  const both = await Promise.all([commitSteps(database.db, [counted]), commitSteps(database.db, [counted])]);
  expect(both.flat().toSorted()).toEqual(["known", "stored"]);
  expect(await commitSteps(database.db, [counted])).toEqual(["known"]);
  expect(await values()).toEqual({ n: "1" });
});

test("beside each other all increments count", async () => {
  const results = await Promise.all(Array.from({ length: 12 }, () => result([plusOne])));
  await Promise.all(results.map((each) => commitSteps(database.db, [each])));
  expect(await values()).toEqual({ n: "12" });
});

test("a comparison that no longer holds keeps nothing of the step, and its neighbours are stored", async () => {
  const changes: StateWrite[] = [
    { ...place, key: "other", op: "set", json: "1" },
    { ...place, op: "compare-and-set", expected: null, json: '"mine"' },
  ];
  const [first, second, plain] = await Promise.all([result(changes), result(changes), result([])]);
  expect(await commitSteps(database.db, [first, second, plain])).toEqual([
    "stored",
    "state-conflict",
    "stored",
  ]);
  expect(await listStoredSteps(database.db, second.executionId)).toEqual([]);
  expect(await values()).toEqual({ n: '"mine"', other: "1" });
});

test("a value that has become no number meanwhile is a conflict", async () => {
  const late = await result([plusOne]);
  await commitSteps(database.db, [await result([{ ...place, op: "set", json: '"text"' }])]);
  expect(await commitSteps(database.db, [late])).toEqual(["state-conflict"]);
});

test("an instance keeps so many values and no more", async () => {
  const many = Array.from({ length: LIMITS.stateKeys }, (_, n): StateWrite => {
    return { ...place, key: `k${n}`, op: "set", json: "1" };
  });
  expect(await commitSteps(database.db, [await result(many)])).toEqual(["stored"]);
  expect(await commitSteps(database.db, [await result([plusOne])])).toEqual(["state-full"]);
});

test("a late step of an instance that is being deleted brings no value back", async () => {
  const late = await result([plusOne]);
  await database.db
    .updateTable("instances")
    .set({ deleting_at: new Date() })
    .where("id", "=", flow.instanceId)
    .execute();
  expect(await commitSteps(database.db, [late])).toEqual(["stored"]);
  expect(await values()).toEqual({});
});
