import { fileURLToPath } from "node:url";
import { Client } from "@temporalio/client";
import { bundleWorkflowCode, NativeConnection, Worker } from "@temporalio/worker";
import { quiet } from "./quiet.ts";
import { createId } from "#contract/create-id.ts";
import { workflowIdOf } from "#contract/ids.ts";
import { reachNothing } from "#contract/kill-points.ts";
import type { Db } from "#db/connect.ts";
import { installTemporalRuntime } from "#engine/create-temporal.ts";
import { Dispatcher, type DispatcherOptions } from "#engine/dispatcher.ts";
import { createStartInputs } from "#engine/start-inputs.ts";
import { createStartWorkflow } from "#engine/start-workflow.ts";

installTemporalRuntime(quiet);

let code: Promise<string> | undefined;
function standInCode(): Promise<string> {
  code ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL("stand-in-workflow.ts", import.meta.url)),
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  }).then((bundle) => bundle.code);
  return code;
}

export interface Dispatching {
  dispatcher: Dispatcher;
  client: Client;
  workerId: string;
  /** Executions in the order in which their step began. */
  begun: string[];
  stop(): Promise<void>;
}

export interface StartDispatchingOptions extends Partial<DispatcherOptions> {
  db: Db;
  address: string;
  taskQueue: string;
  /** What the step does; it ends at once without one. */
  work?(executionId: string): Promise<void>;
}

/** A dispatcher and a Temporal worker beside it, with the stand-in workflow. */
export async function startDispatching(options: StartDispatchingOptions): Promise<Dispatching> {
  const { db, address, taskQueue, work, ...rest } = options;
  const connection = await NativeConnection.connect({ address });
  const client = new Client({ connection, namespace: "default" });
  const begun: string[] = [];
  const activities = {
    async work(executionId: string): Promise<void> {
      begun.push(executionId);
      await work?.(executionId);
    },
    async finish(executionId: string, state: "succeeded" | "cancelled"): Promise<void> {
      await finishInDatabase(db, executionId, state);
      dispatcher.finished(executionId);
    },
  };
  const worker = await Worker.create({
    connection,
    taskQueue,
    workflowBundle: { code: await standInCode() },
    activities,
    reuseV8Context: true,
    maxConcurrentLocalActivityExecutions: 100,
  });
  const run = worker.run();
  const identity = { id: createId(), kind: "worker" as const, host: "test", pid: process.pid, version: "0" };
  const dispatcher = new Dispatcher({
    db,
    identity,
    log: quiet,
    inputs: createStartInputs(db),
    startWorkflow: createStartWorkflow({
      client,
      taskQueue,
      publicUrl: "http://millrace.test",
      log: quiet,
      eager: true,
    }),
    cancelWorkflow: async (execution) => {
      await client.workflow.getHandle(workflowIdOf(execution)).cancel();
    },
    slots: 20,
    primeBytes: 64 * 1024,
    prime: async () => {},
    unprime: () => {},
    reach: reachNothing,
    ...rest,
  });
  dispatcher.start();
  const stop = async (): Promise<void> => {
    await dispatcher.stop();
    worker.shutdown();
    await run;
    await connection.close();
  };
  return { dispatcher, client, workerId: identity.id, begun, stop };
}

async function finishInDatabase(db: Db, id: string, state: "succeeded" | "cancelled"): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable("executions")
      .set({ state, finished_at: new Date() })
      .where("id", "=", id)
      .where("state", "in", ["queued", "running", "waiting"])
      .execute();
    await transaction.deleteFrom("queue").where("execution_id", "=", id).execute();
  });
}

export async function stateOf(db: Db, executionId: string) {
  return db
    .selectFrom("executions")
    .select(["state", "error", "run_id", "started_at"])
    .where("id", "=", executionId)
    .executeTakeFirstOrThrow();
}

export async function countQueued(db: Db): Promise<number> {
  const rows = await db.selectFrom("queue").select("execution_id").execute();
  return rows.length;
}
