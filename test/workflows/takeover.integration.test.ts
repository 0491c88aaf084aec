import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KillPoint } from "#contract/kill-points.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness, startWorkerParts, type WorkerParts } from "../support/flow-harness.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";

const PROCESS = new URL("../support/flow-worker-process.ts", import.meta.url);

let database: TestDatabase;
let flows: FlowHarness;
let folder: string;
const { address: temporalAddress, taskQueue: ownQueue } = testTemporal();

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), "millrace-takeover-"));
  flows = await FlowHarness.start({ databaseUrl: database.url, temporalAddress, taskQueue: ownQueue });
});
afterAll(async () => {
  await flows.stop();
  await rm(folder, { recursive: true });
  await database.drop();
});

function postsOf(point: KillPoint) {
  return flows.upstream.requests.filter(({ path }) => path === `/${point}/post`);
}

/** Runs a flow on a worker process that dies at the point while or after `post` is answered; another goes on. */
async function dieAt(point: KillPoint, status = 200): Promise<string> {
  const { taskQueue } = testTemporal();
  const killDir = await mkdtemp(join(folder, "kill-"));
  const shared = { databaseUrl: database.url, temporalAddress, taskQueue };
  const answered = Promise.withResolvers<void>();
  flows.upstream.answer(`/${point}/post`, { status, until: answered.promise });
  const first = fork(PROCESS, [JSON.stringify({ ...shared, killDir })], { execArgv: ["--no-node-snapshot"] });
  let second: WorkerParts | undefined;
  try {
    await once(first, "message");
    const body = { upstream: `${flows.upstream.url}/${point}`, marker: point };
    const { executionId, workflowId } = await flows.start({
      body,
      prime: false,
      taskQueue,
      retry: { maxAttempts: 2, delayMs: 100 },
    });
    await waitFor(() => postsOf(point).length === 1, { what: "post is at the upstream" });
    await writeFile(join(killDir, point), "");
    answered.resolve();
    await exitOf(first);
    second = await startWorkerParts(shared);
    await flows.client.workflow.getHandle(workflowId).result();
    return executionId;
  } finally {
    first.kill("SIGKILL");
    await second?.stop();
  }
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  expect(child.signalCode).toBe("SIGKILL");
}

test.concurrent("a step that was committed before its worker died is not repeated by the next", async () => {
  const executionId = await dieAt("step-after-result");
  expect(postsOf("step-after-result")).toHaveLength(1);
  expect((await flows.steps(executionId)).map(({ path, outcome }) => `${path} ${outcome}`)).toEqual([
    "parse ok",
    "post ok",
    "notify ok",
  ]);
});

test.concurrent("a worker that dies between effect and commit repeats the effect under the same key", async () => {
  const executionId = await dieAt("step-after-effect");
  const keys = postsOf("step-after-effect").map(({ idempotencyKey }) => idempotencyKey);
  expect(keys).toEqual([`${executionId}:post`, `${executionId}:post`]);
  expect(await flows.execution(executionId)).toMatchObject({ state: "succeeded", generation: 1 });
});

test.concurrent("an execution whose worker died when it began to wait is woken by the next", async () => {
  const executionId = await dieAt("retry-waiting", 503);
  expect(postsOf("retry-waiting")).toHaveLength(2);
  expect(await flows.execution(executionId)).toMatchObject({
    state: "succeeded",
    attempt: 2,
    generation: 1,
  });
});

test.concurrent("a final state that was written before the worker died is found by the next", async () => {
  const executionId = await dieAt("finalize-before-close");
  expect(postsOf("finalize-before-close")).toHaveLength(1);
  expect(await flows.execution(executionId)).toMatchObject({ state: "succeeded", generation: 1 });
  expect(await flows.isQueued(executionId)).toBe(false);
});
