import { startJob } from "#engine/start-job.ts";
import { startJobWorker } from "./job-worker.ts";
import { testTemporal } from "./temporal.ts";
import { startTestApi, type TestApi } from "./test-api.ts";

export interface JobsApi {
  api: TestApi;
  worker: Awaited<ReturnType<typeof startJobWorker>>;
  /** Jobs that are made from now on wait for a worker of this queue; without one they are this one's own. */
  setQueue(taskQueue?: string): void;
  stop(): Promise<void>;
}

/** A test api, and a worker in this process that runs its bulk jobs. */
export async function startJobsApi(): Promise<JobsApi> {
  const { address, taskQueue } = testTemporal();
  let queue = taskQueue;
  const api: TestApi = await startTestApi({
    startJob: (job) => {
      const { client } = worker.temporal;
      const { db } = api.database;
      return startJob({ db, client, taskQueue: queue, publicUrl: "http://api.test" }, job);
    },
  });
  const worker = await startJobWorker({ databaseUrl: api.database.url, temporalAddress: address, taskQueue });
  return {
    api,
    worker,
    setQueue(other = taskQueue) {
      queue = other;
    },
    async stop() {
      await worker.stop();
      await api.stop();
    },
  };
}
