import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";
import { createId } from "#contract/create-id.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RequestInput, RequestKind } from "#contract/requests.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { listFlowCalls } from "#db/flow-calls.ts";
import { insertUndeployedFlows } from "#db/flows.ts";
import { findJob, insertJob } from "#db/jobs.ts";
import { findRequest, insertRequest } from "#db/requests.ts";
import { type RunningWorker, startWorker } from "#main/start-worker.ts";
import { generateEndpointToken } from "#vault/generate-token.ts";
import { countRowsOf } from "../support/count-rows.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import { queueExecutions, seedFlow, seedInstance, type SeededFlow } from "./seed-flow.ts";
import { quiet } from "./quiet.ts";
import { stateOf } from "./start-dispatching.ts";

let database: TestDatabase;
let worker: RunningWorker;
let flow: SeededFlow;
const organizationId = createId();
let sha256: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { address, namespace, taskQueue } = testTemporal();
  worker = await startWorker({
    databaseUrl: database.url,
    temporalAddress: address,
    temporalNamespace: namespace,
    temporalEnv: {},
    sandboxCells: 1,
    sandboxParked: 32,
    policyFile: undefined,
    egress: { caFile: undefined, proxy: undefined },
    killDir: undefined,
    log: quiet,
    publicUrl: "http://millrace.test",
    retentionDays: 1,
    previews: true,
    taskQueue,
  });
  const bundle = await bundleIntegration(new URL("../fixtures/engine-flows.ts", import.meta.url).pathname);
  sha256 = bundle.sha256;
  await database.db
    .insertInto("bundles")
    .values({ organization_id: organizationId, sha256, code: bundle.code })
    .execute();
  const { result } = await ask("evaluate-definition", { bundleSha256: sha256 });
  // The result was parsed by the contract's schema before it was stored.
  const definition = (result as { definition: never }).definition;
  flow = await seedFlow(database.db, { organizationId, definition, sha256 });
});
afterAll(async () => {
  await worker.stop();
  await database.drop();
});

async function ask<Kind extends RequestKind>(kind: Kind, input: RequestInput<Kind>) {
  const deadline = new Date(Date.now() + 20_000);
  const id = await insertRequest(database.db, { organizationId, kind, input, deadline });
  return waitFor(
    async () => {
      const found = await findRequest(database.db, { id, organizationId });
      return found !== undefined && (found.state === "done" || found.state === "failed") && found;
    },
    { what: `${kind} has an outcome`, timeoutMs: 55_000 },
  );
}

const queue = (flowKey: string, count = 1) => queueExecutions(database.db, { ...flow, flowKey }, count);
const reaches = (executionId: string, state: string, timeoutMs = 15_000) =>
  waitFor(async () => (await stateOf(database.db, executionId)).state === state, {
    what: `it is ${state}`,
    timeoutMs,
  });

test("a bundle's definition is read in the sandbox", async () => {
  const { state, result } = await ask("evaluate-definition", { bundleSha256: sha256 });
  expect(state).toBe("done");
  expect(result).toMatchObject({
    definition: {
      key: "engine-flows",
      flows: expect.arrayContaining([expect.objectContaining({ key: "quick" })]),
    },
  });
});

test.each([
  ["import fs from 'node:fs'; globalThis.__millraceIntegration = fs;", "imports node:fs"],
  ["globalThis.__millraceIntegration = {{{", "not a script"],
  ["throw new Error('no luck');", "no luck"],
])("a bundle that cannot be a definition is refused: %s", async (code, reason) => {
  const broken = createId().replaceAll("-", "").padEnd(64, "0");
  await database.db
    .insertInto("bundles")
    .values({ organization_id: organizationId, sha256: broken, code })
    .execute();
  const { state, error } = await ask("evaluate-definition", { bundleSha256: broken });
  expect(state).toBe("failed");
  expect(error).toMatchObject({
    code: "request/definition-refused",
    message: expect.stringContaining(reason),
  });
});

test("queued executions run their steps and end", async () => {
  const ids = await queue("quick", 20);
  for (const id of ids) await reaches(id, "succeeded");
  const results = await database.db
    .selectFrom("step_results")
    .select(["path", "output"])
    .where("execution_id", "=", ids[0] ?? "")
    .orderBy("seq")
    .execute();
  expect(results.map(({ path }) => path)).toEqual(["first", "second", "third"]);
  expect(worker.dispatcher.status().used).toBe(0);
});

test("state counts each execution once, though each tried its step twice", async () => {
  const counted = await seedInstance(database.db, flow, "counting");
  const ids = await queueExecutions(database.db, counted, 6);
  for (const id of ids) await reaches(id, "succeeded");
  const rows = await database.db
    .selectFrom("instance_state")
    .select(["flow_key", "key", "value"])
    .where("instance_id", "=", counted.instanceId)
    .orderBy("key")
    .execute();
  expect(rows).toMatchObject([
    { flow_key: "counting", key: "last" },
    { flow_key: "", key: "runs", value: "6" },
  ]);
  expect(JSON.parse(rows[0]?.value ?? "")).toHaveLength(2);
});

/** An instance with rows for these flows, the first of which is queued. */
async function startCalls(...keys: string[]): Promise<{ id: string; instance: SeededFlow }> {
  const instance = await seedInstance(database.db, flow, keys[0] ?? "");
  const owner = { ...instance, id: instance.instanceId };
  await insertUndeployedFlows(database.db, owner, { keys, createToken: generateEndpointToken });
  const [id = ""] = await queueExecutions(database.db, instance, 1);
  return { id, instance };
}
const executionsOf = ({ instanceId }: SeededFlow) =>
  database.db
    .selectFrom("executions")
    .select(["id", "flow_key", "trigger", "called_by", "call_depth", "state", "error"])
    .where("instance_id", "=", instanceId)
    .orderBy("id")
    .execute();

test("a step's calls are made once each, though the step and the flow were tried twice", async () => {
  const { id, instance } = await startCalls("calling", "called");
  await reaches(id, "succeeded");
  const [, ...called] = await executionsOf(instance);
  for (const each of called) await reaches(each.id, "succeeded");
  const link = { flow_key: "called", trigger: "call", called_by: id, call_depth: 1 };
  expect(called).toMatchObject([link, link]);
  expect(await listFlowCalls(database.db, id)).toMatchObject([
    { path: "call", key: "#1", executionId: called[0]?.id, state: "succeeded" },
    { path: "call", key: "named", executionId: called[1]?.id },
  ]);
  const outputs = await database.db
    .selectFrom("step_results")
    .select(["execution_id", "output"])
    .where("execution_id", "in", [id, ...called.map((each) => each.id)])
    .where("outcome", "=", "ok")
    .where("path", "!=", "then")
    .orderBy("execution_id")
    .execute();
  const [first, again, ...bodies] = outputs.map(({ output }) => JSON.parse(output ?? "null"));
  expect(first).toMatchObject({
    first: { executionId: called[0]?.id },
    isAgain: true,
    unknown: expect.stringContaining('there is no flow "nothing" in this version; it has quick,'),
  });
  expect(again).toEqual(first);
  expect(bodies).toEqual([
    { kind: "call", body: { number: 20 } },
    { kind: "call", body: { number: 21 } },
  ]);
});

test("calls lie so deep and no deeper", async () => {
  const { instance } = await startCalls("deep");
  const ended = await waitFor(
    async () => {
      const all = await executionsOf(instance);
      return all.some(({ state }) => state === "failed") && all;
    },
    { what: "the last call is refused", timeoutMs: 20_000 },
  );
  expect(ended.map((each) => each.call_depth)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(ended.at(-1)?.error?.message).toContain("would be 6 calls deep: at most 5 are allowed");
});

test("state is compared as JSON, sees the step's own changes, and refuses in words", async () => {
  const { db } = database;
  const compared = await seedInstance(db, flow, "comparing");
  const [id = ""] = await queueExecutions(db, compared, 1);
  await reaches(id, "succeeded");
  const { output } = await db
    .selectFrom("step_results")
    .select("output")
    .where("execution_id", "=", id)
    .executeTakeFirstOrThrow();
  expect(JSON.parse(output ?? "")).toEqual({
    isFirst: true,
    isAgain: false,
    isSame: true,
    refused: 'State "owner" holds no number: it cannot be incremented',
  });
});

test("cancel ends a running step within a second and the execution with it", async () => {
  const [executionId = ""] = await queue("slow");
  await reaches(executionId, "running");
  const outcome = await ask("cancel-execution", { executionId, reason: "test" });
  expect(outcome).toMatchObject({ state: "done", result: { outcome: "asked" } });
  await reaches(executionId, "cancelled", 8_000);
  expect(await ask("cancel-execution", { executionId, reason: "again" })).toMatchObject({
    result: { outcome: "already-ended" },
  });
});

test("retry-now wakes an execution that waits for its next try", async () => {
  const [executionId = ""] = await queue("failing");
  await reaches(executionId, "waiting");
  expect(await ask("retry-now", { executionId })).toMatchObject({ result: { outcome: "woken" } });
  await reaches(executionId, "failed");
});

test("a bulk job is begun when it is asked for, once, and ends", async () => {
  const { integrationId } = flow;
  const parameters = { integrationId, version: 1, drafts: "refuse", filter: {} } as const; // as const: the rule's word
  const job = { organizationId, kind: "upgrade-instances", dryRun: true, parameters } as const; // as const: the kind
  const id = await insertJob(database.db, { ...job, ratePerMinute: 60, note: "", createdBy: undefined });
  expect(await ask("run-job", { jobId: id })).toMatchObject({ result: { outcome: "started" } });
  const isDone = async () => (await findJob(database.db, { organizationId, id }))?.state === "done";
  await waitFor(isDone, { what: "the job has ended" });
  expect(await ask("run-job", { jobId: id })).toMatchObject({ result: { outcome: "already-ended" } });
});

test("a request about an execution of another organization finds nothing", async () => {
  const other = await seedFlow(database.db);
  const [executionId = ""] = await queueExecutions(database.db, { ...other, flowKey: "gone" }, 1);
  expect(await ask("cancel-execution", { executionId, reason: "" })).toMatchObject({
    state: "failed",
    error: { code: "request/not-found" },
  });
});

test("a deleted instance leaves no row in any table, no history, and its neighbour alone", async () => {
  const { db } = database;
  const doomed = await seedInstance(db, flow, "quick");
  const done = await queueExecutions(db, { ...doomed, flowKey: "quick" }, 3);
  const [slow = ""] = await queueExecutions(db, { ...doomed, flowKey: "slow" }, 1);
  for (const id of done) await reaches(id, "succeeded");
  await reaches(slow, "running");
  const { instanceId } = doomed;
  const before = await countRowsOf(db, {
    instanceIds: [instanceId],
    flowIds: [doomed.flowId],
    executionIds: [...done, slow],
  });
  expect(before).toMatchObject({ executions: 4, payloads: 4, flows: 1, revisions: 1, instances: 1 });
  const others = await countRowsOf(db, {
    instanceIds: [flow.instanceId],
    flowIds: [flow.flowId],
    executionIds: [],
  });
  await db
    .updateTable("instances")
    .set({ deleting_at: new Date(Date.now() - 5_000) })
    .where("id", "=", instanceId)
    .execute();
  const outcome = await ask("delete-instance", { instanceId });
  expect(outcome).toMatchObject({ state: "done", result: { executions: 4 } });
  const left = await countRowsOf(db, {
    instanceIds: [instanceId],
    flowIds: [doomed.flowId],
    executionIds: [...done, slow],
  });
  expect(Object.entries(left).filter(([, rows]) => rows > 0)).toEqual([]);
  expect(
    await countRowsOf(db, { instanceIds: [flow.instanceId], flowIds: [flow.flowId], executionIds: [] }),
  ).toEqual(others);
  const { client } = worker.base.temporal;
  const workflowId = workflowIdOf({ organizationId, instanceId, executionId: slow });
  await waitFor(
    async () =>
      (await client.workflow
        .getHandle(workflowId)
        .describe()
        .catch(() => undefined)) === undefined,
    { what: "Temporal has forgotten the history", timeoutMs: 55_000 },
  );
});

test("a step of an execution that is terminated for a deletion leaves no row behind", async () => {
  const { db } = database;
  const doomed = await seedInstance(db, flow, "slow");
  const { instanceId, flowId } = doomed;
  const [slow = ""] = await queueExecutions(db, doomed, 1);
  await reaches(slow, "running");
  await db
    .updateTable("instances")
    .set({ deleting_at: new Date(Date.now() - 5 * 60_000) })
    .where("id", "=", instanceId)
    .execute();
  expect(await ask("delete-instance", { instanceId })).toMatchObject({ state: "done" });
  await waitFor(() => worker.dispatcher.status().used === 0, {
    what: "its step has ended as well",
    timeoutMs: 20_000,
  });
  const owned = { instanceIds: [instanceId], flowIds: [flowId], executionIds: [slow] };
  const left = await countRowsOf(db, owned);
  expect(Object.entries(left).filter(([, rows]) => rows > 0)).toEqual([]);
});

describe("deletion flows", () => {
  /** An instance with these flows beside `quick`, marked as deleting long enough ago. */
  async function doom(...keys: string[]): Promise<string> {
    const { db } = database;
    const { instanceId, customerId, integrationId } = await seedInstance(db, flow, "quick");
    const flows = keys.map((key) => ({
      id: createId(),
      organization_id: organizationId,
      customer_id: customerId,
      instance_id: instanceId,
      integration_id: integrationId,
      key,
      endpoint_token: createId(),
    }));
    await db.insertInto("flows").values(flows).execute();
    await db
      .updateTable("instances")
      .set({ deleting_at: new Date(Date.now() - 5_000) })
      .where("id", "=", instanceId)
      .execute();
    return instanceId;
  }
  const rowsOf = (instanceId: string) =>
    countRowsOf(database.db, { instanceIds: [instanceId], flowIds: [], executionIds: [] });

  test("run before anything is removed, and one that fails does not keep the instance", async () => {
    const instanceId = await doom("goodbye", "bad-goodbye");
    expect(await ask("delete-instance", { instanceId })).toMatchObject({
      state: "done",
      result: {
        executions: 2,
        deletionFlows: [
          { flowKey: "bad-goodbye", state: "failed" },
          { flowKey: "goodbye", state: "succeeded" },
        ],
      },
    });
    expect(Object.values(await rowsOf(instanceId)).every((rows) => rows === 0)).toBe(true);
  });

  test("are given up when their time is over", async () => {
    const instanceId = await doom("slow-goodbye");
    const { db } = database;
    const asked = ask("delete-instance", { instanceId });
    const run = await waitFor(
      () => db.selectFrom("deploy_runs").selectAll().where("instance_id", "=", instanceId).executeTakeFirst(),
      { what: "the deletion flow was begun" },
    );
    await reaches(run.execution_id, "running");
    await db
      .updateTable("instances")
      .set({ deletion_flows_at: new Date(Date.now() - LIMITS.deletionFlowsMs) })
      .where("id", "=", instanceId)
      .execute();
    expect(await asked).toMatchObject({
      state: "done",
      result: { deletionFlows: [{ flowKey: "slow-goodbye", state: "cancelled" }] },
    });
    expect(await rowsOf(instanceId)).toMatchObject({ instances: 0, executions: 0, deploy_runs: 0 });
  });
});

test("an instance that nobody asked to delete is left alone", async () => {
  expect(await ask("delete-instance", { instanceId: flow.instanceId })).toMatchObject({
    result: { executions: 0 },
  });
  expect(
    await countRowsOf(database.db, { instanceIds: [flow.instanceId], flowIds: [], executionIds: [] }),
  ).toMatchObject({
    instances: 1,
  });
});
