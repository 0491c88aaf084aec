import type { Logger } from "pino";
import type { Config } from "#config";
import { createTemporal, installTemporalRuntime, type Temporal } from "#engine/create-temporal.ts";
import type { RunningInstallation } from "./doctor/find-running.ts";

/** The Temporal that the environment names, else the one that npm start runs on the data directory. */
export function openTemporal(options: {
  config: Config;
  running: RunningInstallation | undefined;
  /** As a word of its identity in Temporal. */
  command: string;
  log: Logger;
}): Promise<Temporal> {
  const { config, running, command, log } = options;
  installTemporalRuntime(log);
  return createTemporal({
    address: config.temporalAddress ?? running?.temporalAddress,
    namespace: config.temporalNamespace,
    env: config.temporalEnv,
    identity: `millrace-${command} ${process.pid}`,
    log,
  });
}
