/** A job worker in a process of its own, to be killed: `node job-worker-process.ts <JSON>`. */
import { type JobWorkerOptions, startJobWorker } from "./job-worker.ts";

await startJobWorker(JSON.parse(process.argv[2] ?? "{}") as JobWorkerOptions); // given by the test beside it
process.send?.("ready");
process.on("disconnect", () => process.exit());
