import { readdir, readFile } from "node:fs/promises";
import { Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import { buildWorkflowBundle } from "#engine/workflow-bundle.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import {
  FlowHarness,
  installQuietRuntime,
  SECRET,
  startWorkerParts,
  type WorkerParts,
  WORKFLOW_CACHE,
} from "../support/flow-harness.ts";
import { historyFromJson, textOf } from "../support/history.ts";
import { testTemporal } from "../support/temporal.ts";

const FOLDER = new URL("../histories/", import.meta.url);
interface Recorded {
  workflowId: string;
  history: { [key: string]: unknown };
}

const MARKER = "order-of-a-person-0815";

test("every history that a release has left behind is replayed by this one", async () => {
  installQuietRuntime();
  const { code } = await buildWorkflowBundle({ cacheDir: WORKFLOW_CACHE });
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith(".json"));
  expect(files.length).toBeGreaterThanOrEqual(5);
  const histories = files.map(async (name) => {
    const text = await readFile(new URL(name, FOLDER), "utf8");
    const { workflowId, history } = JSON.parse(text) as Recorded; // as `record.ts` wrote it
    return { workflowId, history: historyFromJson(history) };
  });
  const problems: unknown[] = [];
  for await (const replay of Worker.runReplayHistories(
    { workflowBundle: { code } },
    await Promise.all(histories),
  ))
    if (replay.error !== undefined) problems.push([replay.workflowId, replay.error.message]);
  expect(problems).toEqual([]);
});

describe("a history", () => {
  let database: TestDatabase;
  let flows: FlowHarness;
  let discreet: WorkerParts;
  const { address: temporalAddress, taskQueue } = testTemporal();
  const { taskQueue: discreetQueue } = testTemporal();

  beforeAll(async () => {
    database = await createTestDatabase();
    const shared = { databaseUrl: database.url, temporalAddress };
    flows = await FlowHarness.start({ ...shared, taskQueue });
    discreet = await startWorkerParts({ ...shared, taskQueue: discreetQueue, previews: false });
  });
  afterAll(async () => {
    await discreet.stop();
    await flows.stop();
    await database.drop();
  });

  /** Of a flow whose first attempt fails with the payload's text in the error, and whose second one succeeds. */
  async function historyText(marker: string, queue?: string): Promise<string> {
    flows.upstream.answer("/post", { status: 503 });
    const { workflowId } = await flows.start({
      body: { upstream: flows.upstream.url, marker },
      retry: { maxAttempts: 2 },
      ...(queue === undefined ? {} : { taskQueue: queue, prime: false }),
    });
    await flows.client.workflow.getHandle(workflowId).result();
    return textOf(await flows.history(workflowId));
  }

  test("without previews holds nothing of payloads, outputs and authors' messages", async () => {
    const text = await historyText(MARKER, discreetQueue);
    expect(text.includes(MARKER)).toBe(false);
    expect(text.includes("RetryableError; its message is kept with the execution in Millrace")).toBe(true);
    expect(text.includes("retry 2/2 of the flow: post failed, HTTP 503")).toBe(true);
  });

  test("with previews shows the beginning of an output, and no secret", async () => {
    const text = await historyText(`${MARKER} ${SECRET}`);
    expect(text.includes(MARKER)).toBe(true);
    expect(text.includes(SECRET)).toBe(false);
    expect(text.includes("[redacted]")).toBe(true);
  });

  test("holds no more of an output than a preview, however large it is", async () => {
    const text = await historyText("x".repeat(30_000));
    expect(text.split("x".repeat(LIMITS.previewBytes)).length).toBe(1);
    expect(text.length).toBeLessThan(40_000);
  });

  test("opens each result with a line for its reader", async () => {
    const text = await historyText(MARKER);
    expect(/200 from 127\.0\.0\.1:\d+, 1 field, \d+ ms/.test(text)).toBe(true);
  });
});
