import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness, type StartedFlow, step } from "../support/flow-harness.ts";
import { retry } from "../support/retry-policy.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let flows: FlowHarness;
let taskQueue: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const temporal = testTemporal();
  taskQueue = temporal.taskQueue;
  flows = await FlowHarness.start({
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    taskQueue,
  });
});
afterAll(async () => {
  await flows.stop();
  await database.drop();
});

const LONG = { maxAttempts: 2, delayMs: 600_000, maxDelayMs: 600_000 };

function handleOf(started: StartedFlow) {
  return flows.client.workflow.getHandle(started.workflowId);
}

function requestsOf(executionId: string, path: string): number {
  return flows.upstream.requests.filter(
    (request) => request.path === path && request.idempotencyKey?.startsWith(executionId),
  ).length;
}

async function statusOf(started: StartedFlow): Promise<string> {
  return (await handleOf(started).describe()).status.name;
}

describe("a person who cancels", () => {
  test("ends an execution that waits within two seconds", async () => {
    flows.upstream.answer("/post", { status: 503 });
    const started = await flows.start({ retry: LONG });
    await flows.reaches(started.executionId, "waiting");
    await handleOf(started).cancel();
    await flows.reaches(started.executionId, "cancelled", 2_000);
    await waitFor(async () => (await statusOf(started)) === "CANCELLED", {
      what: "the workflow is cancelled",
    });
    expect(await flows.isQueued(started.executionId)).toBe(false);
  });

  test("ends a step that runs within two seconds, and commits how far it came", async () => {
    const gate = Promise.withResolvers<void>();
    flows.upstream.answer("/post", { status: 200, until: gate.promise });
    const started = await flows.start();
    await waitFor(() => requestsOf(started.executionId, "/post") === 1, { what: "the step runs" });
    await handleOf(started).cancel();
    expect(flows.parts.room.stopStep(started.executionId)).toBe(true);
    const row = await flows.reaches(started.executionId, "cancelled", 2_000);
    gate.resolve();
    expect(row.error).toBeNull();
    const post = (await flows.steps(started.executionId)).find(({ path }) => path === "post");
    expect(post?.outcome).toBe("cancelled");
    await waitFor(async () => (await statusOf(started)) === "CANCELLED", {
      what: "the workflow is cancelled",
    });
  });

  test("in Temporal alone also ends a step that runs, at the task's heartbeat", async () => {
    const gate = Promise.withResolvers<void>();
    flows.upstream.answer("/post", { status: 200, until: gate.promise });
    const started = await flows.start();
    await waitFor(() => requestsOf(started.executionId, "/post") === 1, { what: "the step runs" });
    await handleOf(started).cancel();
    await flows.reaches(started.executionId, "cancelled", 8_000);
    gate.resolve();
  });
});

describe("a person in Temporal UI", () => {
  test("who starts a copy under another id has nothing run", async () => {
    const started = await flows.start();
    await flows.reaches(started.executionId, "succeeded");
    const copy = await flows.client.workflow.start("runFlow", {
      workflowId: randomUUID(),
      taskQueue,
      args: [started.input],
    });
    await expect(copy.result()).rejects.toMatchObject({
      cause: { type: "engine/internal", message: expect.stringContaining("Use replay in Millrace") },
    });
    expect(requestsOf(started.executionId, "/post")).toBe(1);
    expect(await flows.execution(started.executionId)).toMatchObject({ state: "succeeded", generation: 1 });
  });

  test("who starts a copy under the same id has nothing run", async () => {
    const started = await flows.start();
    await handleOf(started).result();
    const copy = await flows.client.workflow.start("runFlow", {
      workflowId: started.workflowId,
      taskQueue,
      args: [started.input],
    });
    await expect(copy.result()).rejects.toMatchObject({ cause: { type: "engine/internal" } });
    expect(requestsOf(started.executionId, "/post")).toBe(1);
    const row = await flows.execution(started.executionId);
    expect(row).toMatchObject({ state: "succeeded", generation: 1, run_id: started.runId });
  });

  test("who terminates leaves a row to the reconciler, and no step is run any more", async () => {
    flows.upstream.answer("/post", { status: 503 });
    const started = await flows.start({ retry: LONG });
    await flows.reaches(started.executionId, "waiting");
    await handleOf(started).terminate("a test");
    expect(await statusOf(started)).toBe("TERMINATED");
    expect(await flows.execution(started.executionId)).toMatchObject({
      state: "waiting",
      run_id: started.runId,
    });
    expect(requestsOf(started.executionId, "/notify")).toBe(0);
  });

  test("who resets a finished execution opens its second generation, with the outputs before the reset kept", async () => {
    flows.upstream.answer("/post", { status: 503, body: {} }, { status: 200, body: { entries: 1 } });
    const steps = [
      step("parse"),
      step("post", { retry: retry({ maxAttempts: 2 }) }),
      step("notify"),
      step("noop"),
    ];
    const started = await flows.start({ steps });
    await handleOf(started).result();
    const runId = await reset(started, 2);
    const row = await waitFor(
      async () => {
        const found = await flows.execution(started.executionId);
        return found.generation === 2 && found.state === "succeeded" ? found : undefined;
      },
      { what: "the second generation has succeeded" },
    );
    expect(row.run_id).toBe(runId);
    expect(await flows.isQueued(started.executionId)).toBe(false);
    const results = await flows.steps(started.executionId);
    const parts = results.map(({ generation, path, outcome }) => `${generation} ${path} ${outcome}`);
    expect(parts).toEqual([
      "1 parse ok",
      "1 post threw",
      "1 post ok",
      "1 notify ok",
      "1 noop ok",
      "2 post ok",
      "2 notify ok",
      "2 noop ok",
    ]);
    // It counts the outputs that it sees: of the three steps before it, in either generation.
    expect(results.filter(({ path }) => path === "noop").map(({ output }) => output)).toEqual(["3", "3"]);
  });

  test("who resets an execution that runs ends its first run, whose late result changes nothing", async () => {
    const gate = Promise.withResolvers<void>();
    flows.upstream.answer("/notify", { status: 200, until: gate.promise });
    flows.upstream.answer("/post", { status: 503 });
    const steps = [step("parse"), step("post", { retry: retry({ maxAttempts: 2 }) }), step("notify")];
    const started = await flows.start({ steps });
    await waitFor(() => requestsOf(started.executionId, "/notify") === 1, { what: "the last step runs" });
    await reset(started, 1);
    await waitFor(async () => (await flows.execution(started.executionId)).generation === 2, {
      what: "the second generation is open",
    });
    gate.resolve();
    const row = await flows.reaches(started.executionId, "succeeded");
    expect(row.generation).toBe(2);
    expect(row.run_id).not.toBe(started.runId);
  });
});

/** Resets to the n-th completed workflow task; returns the new run's id. */
async function reset(started: StartedFlow, task: number): Promise<string> {
  const { events } = await flows.history(started.workflowId, started.runId);
  const tasks = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes != null);
  const { runId } = await flows.client.workflowService.resetWorkflowExecution({
    namespace: "default",
    workflowExecution: { workflowId: started.workflowId, runId: started.runId },
    reason: "a test",
    workflowTaskFinishEventId: tasks[task - 1]?.eventId ?? null,
    requestId: randomUUID(),
  });
  return runId;
}
