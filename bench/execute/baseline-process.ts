/** A Temporal client and worker that do what the benchmark's flow does, with empty local activities. */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "@temporalio/client";
import { bundleWorkflowCode, NativeConnection, Runtime, Worker } from "@temporalio/worker";

export interface BaselineLoad {
  count: number;
  inFlight: number;
  waitMs: number;
}
export interface BaselineResult {
  seconds: number;
  /** Milliseconds of each, from start to result. */
  latencies: number[];
}

const SLOTS = 620;

Runtime.install({ shutdownSignals: [], telemetryOptions: { logging: { forward: {}, filter: "ERROR" } } });
const address = process.argv[2] ?? "";
const connection = await NativeConnection.connect({ address });
const client = new Client({ connection });
const taskQueue = `baseline-${randomUUID()}`;
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("baseline-workflow.ts", import.meta.url)),
  }),
  activities: {
    step: async (waitMs: number) => {
      if (waitMs > 0) await wait(waitMs);
    },
  },
  reuseV8Context: true,
  maxConcurrentWorkflowTaskExecutions: SLOTS,
  maxConcurrentLocalActivityExecutions: SLOTS,
  maxCachedWorkflows: SLOTS,
});
void worker.run();

async function runOne(waitMs: number): Promise<number> {
  const startedAt = performance.now();
  const handle = await client.workflow.start("baseline", {
    workflowId: randomUUID(),
    taskQueue,
    args: [waitMs],
    requestEagerStart: true,
    workflowTaskTimeout: 5_000,
  });
  await handle.result();
  return performance.now() - startedAt;
}

async function run({ count, inFlight, waitMs }: BaselineLoad): Promise<BaselineResult> {
  const startedAt = performance.now();
  const latencies: number[] = [];
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      latencies.push(await runOne(waitMs));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return { seconds: (performance.now() - startedAt) / 1000, latencies };
}

process.on("message", (load: BaselineLoad) => {
  void run(load).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
