import { hostname } from "node:os";
import { pino } from "pino";
import { readConfig, requireConfig } from "#config";
import { startApi } from "#api/start-api.ts";
import { createId } from "#contract/create-id.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { createReachPoint } from "./kill-points.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { toMasterKeys } from "./master-keys.ts";
import { VERSION } from "./version.ts";

/** An api process: takes webhooks, serves the API. Ends at SIGTERM or SIGINT, or with the parent that forked it. */
const config = requireConfig(readConfig(), ["databaseUrl", "encryptionKeys"]);
const log = pino({ level: config.logLevel, base: { process: "api", pid: process.pid } });
const port = config.port === 0 ? await findFreePort() : config.port;
const { host } = config;

const api = await startApi({
  databaseUrl: config.databaseUrl,
  masterKeys: toMasterKeys(config.encryptionKeys),
  host,
  port,
  links: {
    publicUrl: config.publicUrl ?? `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    temporalUiUrl: config.temporalUiUrl,
    temporalNamespace: config.temporalNamespace,
  },
  version: VERSION,
  log,
  reachPoint: createReachPoint(config.killDir),
});
const heartbeat = await startHeartbeat({
  db: api.db,
  identity: { id: createId(), kind: "api", host: hostname(), pid: process.pid, version: VERSION },
  onError: (error) => log.warn({ err: error }, "the heartbeat was missed"),
});

let stopping: Promise<void> | undefined;
const stop = (why: string): void => {
  stopping ??= (async () => {
    log.info({ why }, "stopping");
    await heartbeat.stop();
    await api.stop();
    // What is left is a bug of ours, but no reason to stay.
    process.exit(0);
  })();
};
process.on("SIGTERM", () => stop("SIGTERM"));
process.on("SIGINT", () => stop("SIGINT"));
process.on("disconnect", () => stop("the parent is gone"));
log.info({ port }, "serving");
process.send?.({ type: "ready", port });
