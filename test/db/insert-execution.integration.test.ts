import { afterAll, beforeAll, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { shardOf } from "#contract/lane.ts";
import { insertExecution, type NewExecution } from "#db/insert-execution.ts";
import { findPayload } from "#db/payloads.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const newExecution = (): NewExecution => ({
  organizationId: createId(),
  customerId: createId(),
  instanceId: createId(),
  integrationId: createId(),
  versionId: createId(),
  revisionId: createId(),
  flowId: createId(),
  flowKey: "push",
  trigger: "replay",
  payload: {
    method: "POST",
    path: "/x",
    query: "a=1",
    headers: [
      ["X-A", "1"],
      ["x-a", "2"],
    ],
    body: Buffer.alloc(100_000, "ab"),
  },
});

test("an execution of another trigger has its payload and its place in the queue", async () => {
  const given = { ...newExecution(), replayOf: createId(), isTest: true };
  const { executionId, shard } = await database.db
    .transaction()
    .execute((transaction) => insertExecution(transaction, given));
  const execution = await database.db
    .selectFrom("executions")
    .selectAll()
    .where("id", "=", executionId)
    .executeTakeFirstOrThrow();
  expect(execution).toMatchObject({
    state: "queued",
    trigger: "replay",
    is_test: true,
    replay_of: given.replayOf,
    flow_id: given.flowId,
    revision_id: given.revisionId,
  });
  const queued = await database.db
    .selectFrom("queue")
    .selectAll()
    .where("execution_id", "=", executionId)
    .executeTakeFirstOrThrow();
  expect(queued).toMatchObject({ status: 0, shard, trigger: "replay", instance_id: given.instanceId });
  expect(shardOf(queued.lane)).toBe(shard);
  expect(await findPayload(database.db, executionId)).toEqual(given.payload);
});

test("executions of one customer and flow share a lane, those of another customer do not", async () => {
  const given = newExecution();
  const lanes = await database.db.transaction().execute(async (transaction) => {
    const ids: string[] = [];
    for (const customerId of [given.customerId, given.customerId, createId()]) {
      ids.push((await insertExecution(transaction, { ...given, customerId })).executionId);
    }
    const rows = await transaction
      .selectFrom("queue")
      .select(["execution_id", "lane"])
      .where("execution_id", "in", ids)
      .execute();
    return ids.map((id) => rows.find((row) => row.execution_id === id)?.lane);
  });
  expect(lanes[0]).toBe(lanes[1]);
  expect(lanes[2]).not.toBe(lanes[0]);
});

test("nothing stays of one whose transaction is rolled back", async () => {
  const executionId = createId();
  const failed = database.db.transaction().execute(async (transaction) => {
    await insertExecution(transaction, { ...newExecution(), executionId });
    throw new Error("rolled back");
  });
  await expect(failed).rejects.toThrow("rolled back");
  expect(await findPayload(database.db, executionId)).toBeUndefined();
});
