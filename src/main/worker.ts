import { pino } from "pino";
import { readConfig, requireConfig } from "#config";
import { installTemporalRuntime } from "#engine/create-temporal.ts";
import { startWorker } from "./start-worker.ts";

/** A worker process: runs executions. Ends at SIGTERM or SIGINT in order, or with the
 * parent that forked it. SIGHUP: the operator's policy is read anew. */
const config = requireConfig(readConfig(), ["databaseUrl"]);
const log = pino({ level: config.logLevel, base: { process: "worker", pid: process.pid } });
installTemporalRuntime(log);

const worker = await startWorker({
  ...config,
  log,
  publicUrl: config.publicUrl ?? `http://${config.host}:${config.port}`,
});

let stopping: Promise<void> | undefined;
const stop = (why: string, exitCode: number): void => {
  stopping ??= (async () => {
    log.info({ why }, "stopping");
    await worker.stop().catch((error: unknown) => log.error({ err: error }, "the stop was not clean"));
    // Whatever is left is a bug of ours, but no reason to stay.
    process.exit(exitCode);
  })();
};
process.on("SIGTERM", () => stop("SIGTERM", 0));
process.on("SIGINT", () => stop("SIGINT", 0));
process.on("SIGHUP", () => void worker.base.policy.reload());
process.on("disconnect", () => stop("the parent is gone", 0));
worker.ended.catch((error: unknown) => {
  log.fatal({ err: error }, "Temporal's worker failed");
  stop("Temporal's worker failed", 1);
});
log.info({ slots: worker.dispatcher.status().slots }, "taking work");
process.send?.({ type: "ready" });
