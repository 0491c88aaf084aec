import { fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KillPoint } from "#contract/kill-points.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testTemporal } from "../support/temporal.ts";
import { waitFor } from "../support/wait-for.ts";
import type { DyingDispatcherOptions } from "./dying-dispatcher.ts";
import { queueExecutions, seedFlow } from "./seed-flow.ts";
import { countQueued, startDispatching } from "./start-dispatching.ts";

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

/** A dispatcher in a process of its own, which dies at a point; resolves once it is dead. */
async function dieAt(point: KillPoint, options: Omit<DyingDispatcherOptions, "point">): Promise<void> {
  const child = fork(new URL("dying-dispatcher.ts", import.meta.url), {
    execArgv: ["--no-node-snapshot"],
    stdio: "ignore",
  });
  child.send({ ...options, point } satisfies DyingDispatcherOptions);
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}

test.each(["dispatch-after-claim", "dispatch-after-start"] as const)(
  "a worker that dies at %s loses nothing, and is replaced within 10 s",
  async (point) => {
    const { address, taskQueue } = testTemporal();
    const flow = await seedFlow(database.db);
    const ids = await queueExecutions(database.db, flow, 5);
    await dieAt(point, { databaseUrl: database.url, address, taskQueue });
    const diedAt = performance.now();
    const next = await startDispatching({ db: database.db, address, taskQueue });
    try {
      const holdsAll = () => next.dispatcher.status().shards.length === 16;
      await waitFor(holdsAll, { what: "the next worker holds every shard", timeoutMs: 12_000 });
      expect(performance.now() - diedAt).toBeLessThan(10_000);
      const isEmpty = async () => (await countQueued(database.db)) === 0;
      await waitFor(isEmpty, { what: "the queue is empty", timeoutMs: 20_000 });
      expect([...next.begun].sort()).toEqual([...ids].sort());
    } finally {
      await next.stop();
    }
  },
);
