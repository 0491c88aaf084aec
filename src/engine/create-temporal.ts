import { Client, type ClientOptions } from "@temporalio/client";
import { loadClientConnectConfig } from "@temporalio/envconfig";
import { type Logger as TemporalLogger, type LogLevel, NativeConnection, Runtime } from "@temporalio/worker";
import type { Logger } from "pino";
import { EngineError } from "#contract/errors.ts";

export interface TemporalOptions {
  /** host:port; undefined leaves it to the profile that `env` selects. */
  address: string | undefined;
  namespace: string;
  /** Every `TEMPORAL_*` as set: API key, TLS, profile (`@temporalio/envconfig`). */
  env: Record<string, string>;
  /** Names this process in Temporal UI. */
  identity: string;
  log: Logger;
}

export interface Temporal {
  /** One connection for client and worker: eager starts need that. */
  connection: NativeConnection;
  client: Client;
  namespace: string;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** Once per process, before anything connects: Temporal's core is ours to stop, and speaks through our log. */
export function installTemporalRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: toTemporalLogger(log.child({ part: "temporal" })),
    telemetryOptions: { logging: { forward: {}, filter: { core: "WARN", other: "WARN" } } },
    workerHeartbeatInterval: 0,
  });
}

/** @throws EngineError `engine/unavailable` when the server cannot be reached. */
export async function createTemporal(options: TemporalOptions): Promise<Temporal> {
  const { connectionOptions, namespace } = connectConfigOf(options);
  const connection = await NativeConnection.connect(connectionOptions).catch((cause: unknown) => {
    throw new EngineError(
      "engine/unavailable",
      `Temporal at ${String(connectionOptions.address)} cannot be reached; check TEMPORAL_ADDRESS and that it runs`,
      { cause },
    );
  });
  const clientOptions: ClientOptions = { connection, namespace, identity: options.identity };
  return {
    connection,
    client: new Client(clientOptions),
    namespace,
    close: () => connection.close(),
  };
}

function connectConfigOf(options: TemporalOptions) {
  const { address, namespace, env } = options;
  const loaded = loadClientConnectConfig({
    disableFile: env["TEMPORAL_CONFIG_FILE"] === undefined,
    overrideEnvVars: env,
  });
  return {
    connectionOptions: {
      ...loaded.connectionOptions,
      ...(address === undefined ? {} : { address }),
      connectTimeout: CONNECT_TIMEOUT_MS,
    },
    namespace: loaded.namespace ?? namespace,
  };
}

const PINO_LEVEL = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" } as const;

function toTemporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: Record<string | symbol, unknown>): void => {
    log[PINO_LEVEL[level]](plainMeta(meta), message);
  };
  return {
    log: write,
    trace: (message, meta) => write("TRACE", message, meta),
    debug: (message, meta) => write("DEBUG", message, meta),
    info: (message, meta) => write("INFO", message, meta),
    warn: (message, meta) => write("WARN", message, meta),
    error: (message, meta) => write("ERROR", message, meta),
  };
}

/** Without the core's own timestamp; an error where pino looks for it. */
function plainMeta(meta: Record<string | symbol, unknown> | undefined): Record<string, unknown> {
  if (meta === undefined) return {};
  const { error, ...rest } = meta;
  return error === undefined ? rest : { ...rest, err: error };
}
