import { pino } from "pino";
import { createJobActivities } from "#activities/jobs/create-job-activities.ts";
import { connect } from "#db/connect.ts";
import { createHintSender } from "#db/hints.ts";
import { createTemporal, type Temporal } from "#engine/create-temporal.ts";
import { createWorker } from "#engine/create-worker.ts";
import { buildWorkflowBundle } from "#engine/workflow-bundle.ts";
import { installQuietRuntime, WORKFLOW_CACHE } from "./flow-harness.ts";

export interface JobWorkerOptions {
  databaseUrl: string;
  temporalAddress: string;
  taskQueue: string;
}

/** The part of a worker that runs bulk jobs. */
export async function startJobWorker(
  options: JobWorkerOptions,
): Promise<{ temporal: Temporal; stop(): Promise<void> }> {
  const { databaseUrl, taskQueue } = options;
  const log = pino({ level: "silent" });
  installQuietRuntime();
  const onError = () => {};
  const connection = connect({ databaseUrl, maxConnections: 5, applicationName: "test-jobs", onError });
  const hints = createHintSender({ databaseUrl, applicationName: "test-jobs-hints", onError });
  const temporal = await createTemporal({
    address: options.temporalAddress,
    namespace: "default",
    env: {},
    identity: "test",
    log,
  });
  const { code } = await buildWorkflowBundle({ cacheDir: WORKFLOW_CACHE });
  const worker = await createWorker({
    temporal,
    taskQueue,
    identity: "test",
    workflowCode: code,
    activities: createJobActivities({
      db: connection.db,
      hints,
      log,
      publicUrl: "http://api.test",
      checkConfig: async (_, { config, variables }) => ({
        refused: variables
          .filter((variable) => config[variable] === "bad")
          .map((variable) => ({ variable, message: "is bad" })),
      }),
    }),
    slots: 4,
  });
  const running = worker.run();
  return {
    temporal,
    async stop() {
      worker.shutdown();
      await running;
      await temporal.close();
      await hints.stop();
      await connection.close();
    },
  };
}
