import type { KyselyPlugin } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CuttableProxy, startCuttableProxy } from "../support/cuttable-proxy.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { FlowHarness, startWorkerParts, type WorkerParts } from "../support/flow-harness.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";

let database: TestDatabase;
let flows: FlowHarness;
let proxy: CuttableProxy;
let parts: WorkerParts;
let statements = 0;
const { address: temporalAddress, taskQueue } = testTemporal();

const counting: KyselyPlugin = {
  transformQuery(args) {
    statements += 1;
    return args.node;
  },
  transformResult: (args) => Promise.resolve(args.result),
};

/** A worker whose way to Postgres can be cut; the test's own questions go past it. */
beforeAll(async () => {
  database = await createTestDatabase();
  const url = new URL(database.url);
  proxy = await startCuttableProxy({ host: url.hostname, port: Number(url.port) });
  const { taskQueue: unused } = testTemporal();
  flows = await FlowHarness.start({ databaseUrl: database.url, temporalAddress, taskQueue: unused });
  url.hostname = "127.0.0.1";
  url.port = String(proxy.port);
  parts = await startWorkerParts({
    databaseUrl: url.href,
    temporalAddress,
    taskQueue,
    wrapDb: (db) => db.withPlugin(counting),
  });
});
afterAll(async () => {
  await parts.stop();
  await flows.stop();
  await proxy.stop();
  await database.drop();
});

async function startHeld(): Promise<{ executionId: string; release(): void }> {
  const answered = Promise.withResolvers<void>();
  flows.upstream.answer("/post", { status: 200, until: answered.promise });
  const before = flows.upstream.countOf("/post");
  const { executionId } = await flows.start({ taskQueue, prime: false });
  await waitFor(() => flows.upstream.countOf("/post") > before, { what: "post is at the upstream" });
  return { executionId, release: () => answered.resolve() };
}

test.each(["cut", "freeze"] as const)(
  "Postgres away (%s) between effect and commit loses no result and repeats no effect",
  async (outage) => {
    const { executionId, release } = await startHeld();
    proxy[outage]();
    const before = statements;
    release();
    await waitFor(() => statements >= before + (outage === "cut" ? 3 : 1), { what: "the commit was tried" });
    proxy.restore();
    await flows.reaches(executionId, "succeeded", 30_000);
    const posts = flows.upstream.requests.filter((each) => each.idempotencyKey === `${executionId}:post`);
    expect(posts).toHaveLength(1);
    expect(await flows.steps(executionId)).toHaveLength(3);
  },
);
