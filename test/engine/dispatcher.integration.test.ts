import { Client, Connection } from "@temporalio/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { definitionSchema } from "#contract/definition.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { RUN_FLOW } from "#contract/run-flow.ts";
import { cancelQueued } from "#db/queue.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import { queueExecutions, seedFlow } from "./seed-flow.ts";
import {
  countQueued,
  type Dispatching,
  startDispatching,
  type StartDispatchingOptions,
  stateOf,
} from "./start-dispatching.ts";

let database: TestDatabase;
let running: Dispatching[];
const temporal = testTemporal;
beforeEach(async () => {
  database = await createTestDatabase();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()));
  await database.drop();
});

async function dispatch(options: Partial<StartDispatchingOptions> = {}): Promise<Dispatching> {
  const { address, taskQueue } = temporal();
  const started = await startDispatching({ db: database.db, address, taskQueue, ...options });
  running.push(started);
  return started;
}

const isEmpty = async () => (await countQueued(database.db)) === 0;

test("queued executions run, are marked started on the way, and leave the queue", async () => {
  const flow = await seedFlow(database.db);
  const ids = await queueExecutions(database.db, flow, 30);
  const { begun } = await dispatch();
  await waitFor(isEmpty, { what: "the queue is empty" });
  expect([...begun].sort()).toEqual([...ids].sort());
  for (const id of ids) expect(await stateOf(database.db, id)).toMatchObject({ state: "succeeded" });
});

test("nothing is started while no step could run here, and the reason is told", async () => {
  const flow = await seedFlow(database.db);
  const ids = await queueExecutions(database.db, flow, 3);
  let problem: string | undefined = "Cells do not start";
  const { begun, dispatcher } = await dispatch({ problem: () => problem });
  await waitFor(() => dispatcher.status().shards.length === 16, { what: "the worker has its shards" });
  dispatcher.hint();
  expect(dispatcher.status()).toMatchObject({ problem: "Cells do not start", used: 0 });
  expect(await countQueued(database.db)).toBe(3);
  expect(begun).toEqual([]);
  problem = undefined;
  await waitFor(isEmpty, { what: "the queue is empty" });
  expect([...begun].sort()).toEqual([...ids].sort());
});

test("the rows of a lane start in the order of their ids", async () => {
  const flow = await seedFlow(database.db);
  const ids = await queueExecutions(database.db, flow, 12);
  const { begun } = await dispatch({ slots: 1 });
  await waitFor(isEmpty, { what: "the queue is empty" });
  // Ids of one millisecond are in no order among themselves.
  expect(begun).toEqual([...ids].sort());
});

test("a quiet customer's executions do not wait behind a flood", async () => {
  const [flood, quiet] = [await seedFlow(database.db), await seedFlow(database.db)];
  await queueExecutions(database.db, flood, 60);
  const few = await queueExecutions(database.db, quiet, 3);
  const { begun } = await dispatch({ slots: 2 });
  await waitFor(() => few.every((id) => begun.includes(id)), {
    what: "the quiet customer's executions began",
  });
  // In turn: one of the flood between any two of them, and a few around.
  expect(begun.indexOf(few[2] ?? "")).toBeLessThan(12);
  await waitFor(isEmpty, { what: "the queue is empty", timeoutMs: 20_000 });
});

test("no more executions are in flight than there are slots, and a lane keeps its cap", async () => {
  const [one, other] = [await seedFlow(database.db), await seedFlow(database.db)];
  await queueExecutions(database.db, one, 10);
  await queueExecutions(database.db, other, 10);
  const gate = Promise.withResolvers<void>();
  const { begun, dispatcher } = await dispatch({
    slots: 6,
    capOf: (lane) => ({ lane: lane.customerId === one.customerId ? 1 : 20, customer: 20 }),
    work: () => gate.promise,
  });
  await waitFor(() => begun.length === 6, { what: "every slot is used" });
  expect(dispatcher.status()).toMatchObject({ slots: 6, used: 6 });
  const { rows } = await waitFor(
    async () => {
      const started = await database.pool.query("select customer_id from queue where status = 2");
      return started.rows.length === 6 && started;
    },
    { what: "six are marked started" },
  );
  expect(rows.filter((row) => row.customer_id === one.customerId)).toHaveLength(1);
  gate.resolve();
  await waitFor(isEmpty, { what: "the queue is empty" });
});

test("an execution that waits long gives up its slot, and takes one again when it wakes", async () => {
  const flow = await seedFlow(database.db);
  const [first, second] = await queueExecutions(database.db, flow, 2);
  const gate = Promise.withResolvers<void>();
  const { begun, dispatcher } = await dispatch({ slots: 1, work: () => gate.promise });
  await waitFor(() => begun.length === 1, { what: "the first began" });
  dispatcher.waiting(first ?? "", Date.now() + 60_000);
  await waitFor(() => begun.includes(second ?? ""), { what: "the second began" });
  dispatcher.resumed(first ?? "");
  expect(dispatcher.status().used).toBe(2);
  gate.resolve();
  await waitFor(isEmpty, { what: "the queue is empty" });
});

test("two workers share the shards, and each execution runs once", async () => {
  const { taskQueue } = temporal();
  const flows = await Promise.all(Array.from({ length: 12 }, () => seedFlow(database.db)));
  const [one, other] = [await dispatch({ taskQueue }), await dispatch({ taskQueue })];
  await waitFor(
    () => one.dispatcher.status().shards.length === 8 && other.dispatcher.status().shards.length === 8,
    {
      what: "each holds half of the shards",
    },
  );
  const ids = (await Promise.all(flows.map((flow) => queueExecutions(database.db, flow, 4)))).flat();
  await waitFor(isEmpty, { what: "the queue is empty" });
  const begun = [...one.begun, ...other.begun];
  expect([...begun].sort()).toEqual([...ids].sort());
  expect(Math.min(one.begun.length, other.begun.length)).toBeGreaterThan(0);
});

test("a worker that stops hands its shards over at once", async () => {
  const { taskQueue } = temporal();
  const [one, other] = [await dispatch({ taskQueue }), await dispatch({ taskQueue })];
  await waitFor(() => other.dispatcher.status().shards.length === 8, { what: "the second has its share" });
  running.shift();
  await one.stop();
  await waitFor(() => other.dispatcher.status().shards.length === 16, {
    timeoutMs: 4_000,
    what: "the second has every shard",
  });
});

test("an execution whose workflow runs already counts as started", async () => {
  const { address, taskQueue } = temporal();
  const flow = await seedFlow(database.db);
  const [executionId = ""] = await queueExecutions(database.db, flow, 1);
  const connection = await Connection.connect({ address });
  await new Client({ connection }).workflow.start(RUN_FLOW, {
    workflowId: workflowIdOf({ ...flow, executionId }),
    taskQueue,
    args: [{ executionId }],
  });
  await connection.close();
  const isRunning = async () => (await stateOf(database.db, executionId)).state === "running";
  const work = async () => {
    await waitFor(isRunning, { what: "it is marked running" });
  };
  const { begun } = await dispatch({ taskQueue, work });
  await waitFor(isEmpty, { what: "the queue is empty" });
  expect(begun).toEqual([executionId]);
});

test("an execution that cannot be started fails with the reason, and blocks nobody", async () => {
  const flow = await seedFlow(database.db);
  const [broken = ""] = await queueExecutions(database.db, { ...flow, flowKey: "gone" }, 1);
  const [sound = ""] = await queueExecutions(database.db, flow, 1);
  await dispatch();
  await waitFor(isEmpty, { what: "the queue is empty" });
  const { state, error } = await stateOf(database.db, broken);
  expect(state).toBe("failed");
  expect(error).toMatchObject({ code: "engine/start", message: expect.stringContaining("no flow gone") });
  expect((await stateOf(database.db, sound)).state).toBe("succeeded");
});

test("a plan that is too large fails its execution before Temporal sees it", async () => {
  const steps = Array.from({ length: 200 }, (_, index) => ({
    type: "step",
    key: `step${index}`,
    name: "漢".repeat(200),
  }));
  const definition = definitionSchema.parse({
    format: 1,
    key: "large",
    name: "Large",
    flows: [{ key: "push", trigger: { type: "webhook" }, steps }],
  });
  const flow = await seedFlow(database.db, { definition });
  const [executionId = ""] = await queueExecutions(database.db, flow, 1);
  const { client } = await dispatch();
  await waitFor(isEmpty, { what: "the queue is empty" });
  const { state, error } = await stateOf(database.db, executionId);
  expect(state).toBe("failed");
  expect(error?.message).toContain("split the flow");
  await expect(
    client.workflow.getHandle(workflowIdOf({ ...flow, executionId })).describe(),
  ).rejects.toThrow();
});

test("an execution cancelled while it is being started ends its workflow", async () => {
  const flow = await seedFlow(database.db);
  const [executionId = ""] = await queueExecutions(database.db, flow, 1);
  const gate = Promise.withResolvers<void>();
  const { client } = await dispatch({
    prime: async () => {
      expect(await cancelQueued(database.db, executionId)).toBe(true);
    },
    work: () => gate.promise,
  });
  const handle = client.workflow.getHandle(workflowIdOf({ ...flow, executionId }));
  const isAsked = async () =>
    (await handle.fetchHistory()).events?.some(
      (event) =>
        event.workflowExecutionCancelRequestedEventAttributes !== undefined &&
        event.workflowExecutionCancelRequestedEventAttributes !== null,
    );
  await waitFor(isAsked, { what: "its workflow is asked to end" });
  gate.resolve();
  expect((await stateOf(database.db, executionId)).state).toBe("cancelled");
});
