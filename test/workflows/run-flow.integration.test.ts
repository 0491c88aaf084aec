import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness, step } from "../support/flow-harness.ts";
import { retry } from "../support/retry-policy.ts";
import { countOf, timersOf } from "../support/history.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let flows: FlowHarness;

beforeAll(async () => {
  database = await createTestDatabase();
  const { address, taskQueue } = testTemporal();
  flows = await FlowHarness.start({ databaseUrl: database.url, temporalAddress: address, taskQueue });
});
afterAll(async () => {
  await flows.stop();
  await database.drop();
});

/** Requests that this execution made of the upstream, which all tests share. */
function requestsOf(executionId: string, path: string) {
  return flows.upstream.requests.filter(
    (request) => request.path === path && request.idempotencyKey?.startsWith(executionId),
  );
}

describe("a flow that succeeds", () => {
  test("takes at most ten events for three steps, and ends the same in Temporal and Postgres", async () => {
    const started = await flows.start();
    const handle = flows.client.workflow.getHandle(started.workflowId);
    expect(await handle.result()).toEqual({ summary: "succeeded, 3 steps run" });
    expect((await flows.history(started.workflowId)).events?.length).toBeLessThanOrEqual(10);
    const row = await flows.execution(started.executionId);
    expect(row).toMatchObject({
      state: "succeeded",
      generation: 1,
      attempt: 1,
      run_id: started.runId,
      error: null,
    });
    expect(row.finished_at).not.toBeNull();
    expect(await flows.isQueued(started.executionId)).toBe(false);
  });

  test("commits each step's output, logs and accesses, and hands outputs on", async () => {
    const { executionId } = await flows.start();
    await flows.reaches(executionId, "succeeded");
    const steps = await flows.steps(executionId);
    expect(steps.map(({ path, outcome, output }) => ({ path, outcome, output }))).toEqual([
      {
        path: "parse",
        outcome: "ok",
        output: JSON.stringify({ upstream: flows.upstream.url, marker: "order-4711" }),
      },
      { path: "post", outcome: "ok", output: '{"entries":3}' },
      { path: "notify", outcome: "ok", output: '{"entries":3}' },
    ]);
    expect(steps[1]?.accesses?.records).toMatchObject([{ permission: "net", granted: true }]);
    expect(steps[1]?.fetches).toMatchObject({
      count: 1,
      last: { status: 200, host: expect.stringContaining("127.0.0.1") },
    });
    const logs = await flows.parts.db
      .selectFrom("logs")
      .selectAll()
      .where("execution_id", "=", executionId)
      .execute();
    expect(logs.map(({ path, message }) => `${path}: ${message}`).toSorted()).toEqual([
      "notify: calling notify for order-4711",
      "post: calling post for order-4711",
    ]);
    expect(requestsOf(executionId, "/post")).toMatchObject([{ idempotencyKey: `${executionId}:post` }]);
  });

  test("needs nothing primed", async () => {
    const { executionId } = await flows.start({ prime: false });
    await flows.reaches(executionId, "succeeded");
    expect(requestsOf(executionId, "/post")).toHaveLength(1);
  });

  test("walks a plan of a hundred and fifty steps", async () => {
    const many = Array.from({ length: 150 }, (_, index) => step("noop", { path: `each[${index}]/noop` }));
    const { executionId, workflowId } = await flows.start({ steps: many });
    await flows.client.workflow.getHandle(workflowId).result();
    expect(await flows.steps(executionId)).toHaveLength(150);
    expect(countOf(await flows.history(workflowId), "markerRecordedEventAttributes")).toBe(151);
  });
});

describe("a step that fails", () => {
  test("is tried again after its delay, then by the server, within its policy", async () => {
    flows.upstream.answer("/post", { status: 503 }, { status: 503 });
    const post = step("post", { retry: retry({ maxAttempts: 3, delayMs: 20 }) });
    const { executionId, workflowId } = await flows.start({ steps: [step("parse"), post] });
    await flows.reaches(executionId, "succeeded");
    const tries = (await flows.steps(executionId)).filter(({ path }) => path === "post");
    expect(tries.map(({ step_attempt, outcome }) => [step_attempt, outcome])).toEqual([
      [1, "threw"],
      [2, "threw"],
      [3, "ok"],
    ]);
    expect(timersOf(await flows.history(workflowId))).toEqual(["retry 2/3 of post after HTTP 503"]);
  });

  test("waits as long as the upstream asks, before the second try and before the third", async () => {
    const busy = { status: 429, headers: { "retry-after": "1" } };
    flows.upstream.answer("/post", busy, busy);
    const post = step("post", { retry: retry({ maxAttempts: 3, delayMs: 1 }) });
    const { executionId } = await flows.start({ steps: [step("parse"), post] });
    await flows.reaches(executionId, "succeeded");
    const tries = (await flows.steps(executionId)).filter(({ path }) => path === "post");
    const gaps = tries
      .slice(1)
      .map((each, at) => each.started_at.getTime() - (tries[at]?.committed_at.getTime() ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(900);
    expect(tries).toHaveLength(3);
  });

  test("is not tried again once it says that this is useless", async () => {
    flows.upstream.answer("/post", { status: 422 });
    const post = step("post", { retry: retry({ maxAttempts: 5 }) });
    const started = await flows.start({ steps: [step("parse"), post], retry: { maxAttempts: 3 } });
    const row = await flows.reaches(started.executionId, "failed");
    expect(row.error).toMatchObject({ code: "step/fatal", path: "post", name: "FatalError" });
    expect(row.error?.message).toBe("post refused order-4711");
    expect(requestsOf(started.executionId, "/post")).toHaveLength(1);
    await expect(flows.client.workflow.getHandle(started.workflowId).result()).rejects.toMatchObject({
      cause: {
        type: "step/fatal",
        message: "Step post failed in attempt 1 of 3 of the flow: HTTP 422: post refused order-4711",
      },
    });
  });

  test("runs as a regular activity from the start where its time limit is long", async () => {
    flows.upstream.answer("/post", { status: 503 });
    const post = step("post", { timeoutMs: 61_000, retry: retry({ maxAttempts: 2 }) });
    const { executionId, workflowId } = await flows.start({ steps: [step("parse"), post] });
    await flows.reaches(executionId, "succeeded");
    const history = await flows.history(workflowId);
    expect(countOf(history, "activityTaskScheduledEventAttributes")).toBe(1);
    expect(timersOf(history)).toEqual([]);
    expect((await flows.steps(executionId)).map(({ step_attempt }) => step_attempt)).toEqual([1, 1, 2]);
  });
});

describe("a flow's automatic retry", () => {
  test("waits as the row and the timer say, then goes on from the failed step", async () => {
    flows.upstream.answer("/post", { status: 503 });
    const { executionId, workflowId } = await flows.start({ retry: { maxAttempts: 3, delayMs: 700 } });
    const waiting = await flows.reaches(executionId, "waiting");
    const detail = "retry 2/3 of the flow: post failed, HTTP 503";
    expect(waiting).toMatchObject({ waiting_reason: "retry", waiting_detail: detail, attempt: 1 });
    expect(waiting.waiting_until?.getTime()).toBeGreaterThan(Date.now() - 1_000);
    const row = await flows.reaches(executionId, "succeeded");
    expect(row).toMatchObject({
      attempt: 2,
      waiting_reason: null,
      waiting_detail: null,
      waiting_until: null,
    });
    expect((await flows.steps(executionId)).map(({ path, attempt }) => `${attempt} ${path}`)).toEqual([
      "1 parse",
      "1 post",
      "2 post",
      "2 notify",
    ]);
    expect(timersOf(await flows.history(workflowId))).toEqual([detail]);
  });

  test("runs everything again where the flow asks for that", async () => {
    flows.upstream.answer("/notify", { status: 503 });
    const { executionId } = await flows.start({ retry: { maxAttempts: 2, from: "start" } });
    await flows.reaches(executionId, "succeeded");
    expect((await flows.steps(executionId)).map(({ path, attempt }) => `${attempt} ${path}`)).toEqual([
      "1 parse",
      "1 post",
      "1 notify",
      "2 parse",
      "2 post",
      "2 notify",
    ]);
    expect(requestsOf(executionId, "/post")).toHaveLength(2);
  });

  test("wakes at once when a person asks for the next try", async () => {
    flows.upstream.answer("/post", { status: 503 });
    const { executionId, workflowId } = await flows.start({
      retry: { maxAttempts: 2, delayMs: 600_000, maxDelayMs: 600_000 },
    });
    await flows.reaches(executionId, "waiting");
    const asked = performance.now();
    await flows.client.workflow.getHandle(workflowId).signal("retryNow");
    await flows.reaches(executionId, "succeeded");
    expect(performance.now() - asked).toBeLessThan(2_000);
  });

  test("ends as failed when its attempts are used up", async () => {
    flows.upstream.answer("/post", { status: 500 }, { status: 500 });
    const started = await flows.start({ retry: { maxAttempts: 2 } });
    const row = await flows.reaches(started.executionId, "failed");
    expect(row).toMatchObject({
      attempt: 2,
      error: { code: "step/threw", path: "post", name: "RetryableError" },
    });
    const handle = flows.client.workflow.getHandle(started.workflowId);
    await expect(handle.result()).rejects.toMatchObject({ cause: { type: "step/threw" } });
    expect((await handle.describe()).status.name).toBe("FAILED");
    expect(await flows.isQueued(started.executionId)).toBe(false);
  });
});

test("a signal that arrives during a local activity does not double its effect", async () => {
  const gate = Promise.withResolvers<void>();
  flows.upstream.answer("/post", { status: 200, until: gate.promise });
  const { executionId, workflowId } = await flows.start();
  await waitFor(() => requestsOf(executionId, "/post").length === 1, {
    what: "the step's request is at the upstream",
  });
  await flows.client.workflow.getHandle(workflowId).signal("retryNow");
  gate.resolve();
  await flows.reaches(executionId, "succeeded");
  expect(requestsOf(executionId, "/post")).toHaveLength(1);
  expect(requestsOf(executionId, "/notify")).toHaveLength(1);
});
