/** A worker in a process of its own, which a kill point may end: `node flow-worker-process.ts <JSON>`. */
import { createReachPoint } from "#main/kill-points.ts";
import { startWorkerParts, type WorkerPartsOptions } from "./flow-harness.ts";

interface Arguments extends Pick<WorkerPartsOptions, "databaseUrl" | "temporalAddress" | "taskQueue"> {
  killDir: string;
}

const { killDir, ...options } = JSON.parse(process.argv[2] ?? "{}") as Arguments; // given by the test beside it
await startWorkerParts({ ...options, reach: createReachPoint(killDir) });
process.send?.("ready");
process.on("disconnect", () => process.exit());
