import { mkdir } from "node:fs/promises";
import type { Config } from "#config";
import { findFreePort } from "#embedded/free-port.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import { startTemporal } from "#embedded/temporal.ts";

export interface TestTemporalServer {
  address: string;
  stop(): Promise<void>;
}

/** The development server as `npm start` runs it, without its web interface, on a throw-away database. */
export async function startTestTemporal(options: {
  folder: string;
  config: Config;
  signal: AbortSignal;
}): Promise<TestTemporalServer> {
  const { folder, config, signal } = options;
  await mkdir(folder, { recursive: true });
  const { path } = await findTemporal({
    executablePath: config.executablePath,
    cacheDir: config.cacheDir,
    dataDir: folder,
    say: (line) => process.stderr.write(`${line}\n`),
    signal,
  });
  const running = await startTemporal({
    binary: path,
    dataDir: folder,
    port: await findFreePort(),
    uiPort: undefined,
    namespace: "default",
    retentionDays: 1,
    signal,
  });
  return {
    address: running.address,
    stop: async () => {
      await running.stop();
    },
  };
}
