import { Client, Connection } from "@temporalio/client";
import { createId } from "#contract/create-id.ts";
import type { KillPoint } from "#contract/kill-points.ts";
import { connect } from "#db/connect.ts";
import { Dispatcher } from "#engine/dispatcher.ts";
import { createStartInputs } from "#engine/start-inputs.ts";
import { createStartWorkflow } from "#engine/start-workflow.ts";
import { quiet } from "./quiet.ts";

export interface DyingDispatcherOptions {
  databaseUrl: string;
  address: string;
  taskQueue: string;
  point: KillPoint;
}

/** Dispatches without running anything, and kills itself at a point. */
async function main({ databaseUrl, address, taskQueue, point }: DyingDispatcherOptions): Promise<void> {
  const { db } = connect({ databaseUrl, maxConnections: 3, applicationName: "dying", onError: () => {} });
  const client = new Client({ connection: await Connection.connect({ address }) });
  const dispatcher = new Dispatcher({
    db,
    identity: { id: createId(), kind: "worker", host: "test", pid: process.pid, version: "0" },
    log: quiet,
    inputs: createStartInputs(db),
    startWorkflow: createStartWorkflow({
      client,
      taskQueue,
      publicUrl: "http://millrace.test",
      log: quiet,
      eager: false,
    }),
    cancelWorkflow: async () => {},
    slots: 20,
    primeBytes: 0,
    prime: () => {},
    unprime: () => {},
    reach: (reached) => {
      if (reached === point) process.kill(process.pid, "SIGKILL");
    },
  });
  dispatcher.start();
}

process.once("message", (options: DyingDispatcherOptions) => {
  void main(options);
});
