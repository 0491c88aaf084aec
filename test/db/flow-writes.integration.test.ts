import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { markResumed, markWaiting, openGeneration } from "#db/execution-progress.ts";
import { finalizeExecutions } from "#db/finalize-executions.ts";
import { insertStepResults, listStoredSteps, type StepResult } from "#db/step-results.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { seedExecution, seedOrdersFlow, type SeededFlow } from "../support/flow-seed.ts";

let database: TestDatabase;
let flow: SeededFlow;
let executionId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  flow = await seedOrdersFlow(database.db);
});
afterAll(() => database.drop());
beforeEach(async () => {
  executionId = await seedExecution(database.db, flow, {});
});

function result(rest: Partial<StepResult> = {}): StepResult {
  return {
    ...flow,
    executionId,
    path: "post",
    generation: 1,
    attempt: 1,
    stepAttempt: 1,
    seq: 1,
    outcome: "ok",
    output: '{"n":1}',
    error: undefined,
    fetches: undefined,
    logs: [{ atMs: 1_700_000_000_000, severity: "info", message: "hello" }],
    stateWrites: [],
    flowCalls: [],
    logsDropped: 0,
    accesses: [],
    accessesDropped: 0,
    startedAtMs: 1_700_000_000_000,
    waitMs: 1,
    runMs: 2,
    cpuMs: 3,
    peakHeapMb: undefined,
    ...rest,
  };
}

const mark = (seq: number, rest = {}) => ({
  executionId,
  generation: 1,
  runId: "run-1",
  attempt: 1,
  seq,
  ...rest,
});
const waiting = { reason: "retry", detail: "retry 2/3", untilMs: 1_900_000_000_000 } as const;

function logsOf() {
  return database.db
    .selectFrom("logs")
    .select(["line", "message"])
    .where("execution_id", "=", executionId)
    .execute();
}

function rowOf() {
  return database.db
    .selectFrom("executions")
    .selectAll()
    .where("id", "=", executionId)
    .executeTakeFirstOrThrow();
}

function queueRow() {
  return database.db
    .selectFrom("queue")
    .selectAll()
    .where("execution_id", "=", executionId)
    .executeTakeFirst();
}

test("a try that is stored stays as it is, with its logs, and the others of its batch are stored", async () => {
  expect(await insertStepResults(database.db, [result()])).toEqual([true]);
  const again = result({ output: '{"n":2}', logs: [{ atMs: 1, severity: "warn", message: "again" }] });
  expect(await insertStepResults(database.db, [again, result({ path: "notify", logs: [] })])).toEqual([
    false,
    true,
  ]);
  const steps = await listStoredSteps(database.db, executionId);
  expect(new Map(steps.map(({ path, output }) => [path, output]))).toEqual(
    new Map([
      ["post", '{"n":1}'],
      ["notify", '{"n":1}'],
    ]),
  );
  expect(await logsOf()).toEqual([{ line: 0, message: "hello" }]);
});

test("a cancelled try gives way to its re-run", async () => {
  await insertStepResults(database.db, [result({ outcome: "cancelled", output: undefined })]);
  expect(await insertStepResults(database.db, [result()])).toEqual([true]);
  expect(await listStoredSteps(database.db, executionId)).toMatchObject([
    { outcome: "ok", output: '{"n":1}' },
  ]);
});

test("text that Postgres does not take is stored as near as it can be", async () => {
  const odd = "a\0b\uD800c";
  const error = { code: "step/threw" as const, message: odd, retryable: true, path: "post" };
  const failed = result({
    outcome: "threw",
    output: undefined,
    error,
    logs: [{ atMs: 1, severity: "error", message: odd }],
  });
  expect(await insertStepResults(database.db, [failed])).toEqual([true]);
  expect((await listStoredSteps(database.db, executionId))[0]?.error?.message).toBe("a\uFFFDb\uFFFDc");
  expect(await logsOf()).toEqual([{ line: 0, message: "a\uFFFDb\uFFFDc" }]);
});

test("a mark is written once, is repeated after a later one, and does not turn it back", async () => {
  expect(await markWaiting(database.db, mark(3), waiting)).toBe("written");
  expect(await markResumed(database.db, mark(4, { attempt: 2 }))).toBe("written");
  expect(await markWaiting(database.db, mark(3), waiting)).toBe("repeated");
  expect(await rowOf()).toMatchObject({
    state: "running",
    attempt: 2,
    seq: 4,
    run_id: "run-1",
    waiting_until: null,
  });
});

test("a mark on an execution that another hand has ended, or of another generation, is refused", async () => {
  await database.db.updateTable("executions").set({ state: "lost" }).where("id", "=", executionId).execute();
  expect(await markResumed(database.db, mark(4))).toBe("refused");
  expect(await markResumed(database.db, mark(4, { generation: 2 }))).toBe("refused");
});

test("a final state is written once, and takes the queue row away", async () => {
  const ending = { ...mark(5), state: "succeeded" as const, error: undefined };
  expect(await finalizeExecutions(database.db, [ending])).toEqual([
    { applied: true, state: "succeeded", generation: 1 },
  ]);
  expect(await queueRow()).toBeUndefined();
  expect(await finalizeExecutions(database.db, [{ ...ending, seq: 9, state: "failed" }])).toEqual([
    { applied: false, state: "succeeded", generation: 1 },
  ]);
});

test("a reset brings a finished execution back with its queue row, and its old run writes no more", async () => {
  await finalizeExecutions(database.db, [{ ...mark(5), state: "succeeded", error: undefined }]);
  const reset = { executionId, from: 1, runId: "run-2", attempt: 1, seq: 3 };
  expect(await openGeneration(database.db, reset)).toBe(true);
  expect(await openGeneration(database.db, reset)).toBe(false);
  expect(await rowOf()).toMatchObject({
    state: "running",
    generation: 2,
    run_id: "run-2",
    finished_at: null,
    seq: 2,
  });
  expect(await queueRow()).toMatchObject({ status: 2 });
  const late = { ...mark(9), state: "failed" as const, error: undefined };
  expect(await finalizeExecutions(database.db, [late])).toEqual([
    { applied: false, state: "running", generation: 2 },
  ]);
  expect(await queueRow()).toBeDefined();
});

test("an execution that retention has taken is told as gone", async () => {
  await database.db.deleteFrom("executions").where("id", "=", executionId).execute();
  const ending = { ...mark(5), state: "succeeded" as const, error: undefined };
  expect(await finalizeExecutions(database.db, [ending])).toEqual([
    { applied: false, state: undefined, generation: undefined },
  ]);
});

test("batches of the same executions in any order do not wait for each other for ever", async () => {
  const ids = [
    executionId,
    await seedExecution(database.db, flow, {}),
    await seedExecution(database.db, flow, {}),
  ];
  const endings = ids.map((id) => ({
    ...mark(5),
    executionId: id,
    state: "succeeded" as const,
    error: undefined,
  }));
  const rounds = Array.from({ length: 8 }, (_, at) =>
    finalizeExecutions(database.db, at % 2 === 0 ? endings : endings.toReversed()),
  );
  const outcomes = (await Promise.all(rounds)).flat();
  expect(outcomes.filter(({ applied }) => applied)).toHaveLength(3);
});
