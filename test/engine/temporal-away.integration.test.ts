import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import { startCuttableProxy } from "./cuttable-proxy.ts";
import { queueExecutions, seedFlow } from "./seed-flow.ts";
import { countQueued, startDispatching, stateOf } from "./start-dispatching.ts";

test("with Temporal away executions stay queued and the status says so; with it back they run once", async () => {
  const database = await createTestDatabase();
  const { address, taskQueue } = testTemporal();
  const proxy = await startCuttableProxy(address);
  const { dispatcher, begun, stop } = await startDispatching({
    db: database.db,
    address: proxy.address,
    taskQueue,
  });
  try {
    const flow = await seedFlow(database.db);
    const isEmpty = async () => (await countQueued(database.db)) === 0;
    await queueExecutions(database.db, flow, 1);
    await waitFor(isEmpty, { what: "the first one ran" });
    proxy.cut();
    const ids = await queueExecutions(database.db, flow, 10);
    await waitFor(() => dispatcher.status().problem, { what: "the problem is told", timeoutMs: 20_000 });
    expect(dispatcher.status().problem).toContain("Temporal does not start workflows");
    for (const id of ids) expect((await stateOf(database.db, id)).state).toBe("queued");
    proxy.mend();
    await waitFor(isEmpty, { what: "the queue is empty", timeoutMs: 30_000 });
    for (const id of ids) expect((await stateOf(database.db, id)).state).toBe("succeeded");
    expect(new Set(begun).size).toBe(11);
    expect(dispatcher.status()).toMatchObject({ problem: undefined, used: 0 });
  } finally {
    proxy.mend();
    await stop();
    await proxy.stop();
    await database.drop();
  }
});
