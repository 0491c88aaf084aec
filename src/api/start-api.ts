import type { Logger } from "pino";
import { Registry } from "prom-client";
import type { ReachPoint } from "#contract/kill-points.ts";
import { LIMITS } from "#contract/limits.ts";
import { connect } from "#db/connect.ts";
import { createIntakeStore } from "#db/create-intake-store.ts";
import { findReplies } from "#db/find-replies.ts";
import { createHintSender, listenForHints } from "#db/hints.ts";
import { LATEST_MIGRATION } from "#db/migrate.ts";
import { createIntake } from "#intake/create-intake.ts";
import { createVault } from "#vault/create-vault.ts";
import type { MasterKeys } from "#vault/master-keys.ts";
import { createApiModules, createPages } from "./api-modules.ts";
import type { Links } from "./api-parts.ts";
import { createAuth } from "./auth/create-auth.ts";
import { createAuthenticate } from "./auth/create-authenticate.ts";
import { createRequestAwaiter } from "./await-request.ts";
import { createApp } from "./create-app.ts";
import { EventHub } from "./events/event-hub.ts";
import { ReplyDesk } from "./reply-desk.ts";
import { registerWorkerMetrics } from "./routes/metrics.ts";
import { serve } from "./serve.ts";

export interface ApiOptions {
  databaseUrl: string;
  masterKeys: MasterKeys;
  host: string;
  port: number;
  links: Links;
  version: string;
  log: Logger;
  reachPoint: ReachPoint;
  /** For how long open connections are served after the stop. Default: that of `serve`. */
  lingerMs?: number;
}

export interface RunningApi {
  port: number;
  db: ReturnType<typeof connect>["db"];
  /** Answers what is in flight, writes what is in memory, then closes every connection. */
  stop(): Promise<void>;
}

/** A whole api process but for its signals: intake, routes and pages over one Postgres, listening. */
export async function startApi(options: ApiOptions): Promise<RunningApi> {
  const { log } = options;
  const onError = (error: unknown): void => log.warn({ err: error }, "trouble with the database");
  const wiring = createWiring(options, onError);
  const server = await serve({
    app: createServedApp(options, wiring),
    host: options.host,
    port: options.port,
    ...(options.lingerMs === undefined ? {} : { lingerMs: options.lingerMs }),
  }).catch(async (error: unknown) => {
    await wiring.stop();
    throw error;
  });
  return {
    port: server.port,
    db: wiring.db,
    async stop() {
      // Whoever waits for a flow is told where to look for it.
      await wiring.replies.stop();
      // Event streams would hold the server open for as long as they are read.
      wiring.hub.stop();
      await server.stop();
      await wiring.stop();
    },
  };
}

type Wiring = ReturnType<typeof createWiring>;
const MAX_CONNECTIONS = 10;

function createWiring(options: ApiOptions, onError: (error: unknown) => void) {
  const { databaseUrl, masterKeys, links, reachPoint } = options;
  const applicationName = "millrace-api";
  const connection = connect({ databaseUrl, maxConnections: MAX_CONNECTIONS, applicationName, onError });
  const store = createIntakeStore({ databaseUrl, onError });
  const hints = createHintSender({ databaseUrl, applicationName: `${applicationName}-hints`, onError });
  const { awaitRequest, onHint } = createRequestAwaiter(connection.db);
  const hub = new EventHub({
    db: connection.db,
    onError: (error) => onError(error),
    streamsPerOrganization: LIMITS.eventStreams,
  });
  const registry = new Registry();
  const replies = new ReplyDesk({
    find: (asked) => findReplies(connection.db, asked),
    registry,
    onError,
  });
  const listener = listenForHints({
    databaseUrl,
    applicationName: `${applicationName}-listener`,
    channels: ["millrace_request", "millrace_queue", "millrace_execution", "millrace_change"],
    onHint: (channel, subject) => {
      onHint(channel, subject);
      hub.onHint(channel, subject);
      replies.onHint(channel, subject);
    },
    onError,
  });
  const vault = createVault({ db: connection.db, masterKeys });
  registerWorkerMetrics(registry, connection.db);
  const publicUrl = () => links.publicUrl;
  const intake = createIntake({ store, vault, hints, publicUrl, registry, onError, reachPoint });
  return {
    db: connection.db,
    vault,
    hints,
    registry,
    intake,
    awaitRequest,
    hub,
    replies,
    async stop() {
      await intake.stop();
      await Promise.all([hints.stop(), listener.stop()]);
      await store.close();
      await connection.close();
    },
  };
}

function createServedApp(options: ApiOptions, wiring: Wiring) {
  const { log, links, masterKeys, version } = options;
  const { db, vault, hints, awaitRequest, hub, intake, registry, replies } = wiring;
  const auth = createAuth({ db, masterKeys, publicUrl: links.publicUrl, log });
  const authenticate = createAuthenticate({ db, auth, log });
  const parts = { db, vault, auth, authenticate, hints, awaitRequest, hub, log, links };
  return createApp({
    log,
    hooks: { intake, replies, log },
    status: { db, verifyStatusToken: (token) => vault.verifyStatusToken(token) },
    health: { db, log, migration: LATEST_MIGRATION },
    metrics: { registry },
    routes: createApiModules(parts),
    pages: createPages(parts, version),
  });
}
