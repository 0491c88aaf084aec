import { join } from "node:path";
import { Connection } from "@temporalio/client";
import { expect, onTestFinished, test } from "vitest";
import { readConfig } from "#config";
import { SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";
import { isAlive } from "#embedded/end-orphan.ts";
import { findTemporal } from "#embedded/find-temporal.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startTemporal } from "#embedded/temporal.ts";
import type { RunningTemporal } from "#embedded/temporal.ts";
import { tempDir } from "../support/temp-dir.ts";

async function start(dataDir: string, retentionDays: number): Promise<RunningTemporal> {
  const signal = AbortSignal.timeout(60_000);
  const { executablePath, cacheDir } = readConfig();
  const { path } = await findTemporal({ executablePath, cacheDir, dataDir, say: () => {}, signal });
  const [port, uiPort] = [await findFreePort(), await findFreePort()];
  const options = { binary: path, dataDir, port, uiPort, namespace: "default", retentionDays, signal };
  const running = await startTemporal(options);
  onTestFinished(async () => void (await running.stop()));
  return running;
}

async function describe(running: RunningTemporal) {
  const connection = await Connection.connect({ address: running.address });
  try {
    const namespace = await connection.workflowService.describeNamespace({ namespace: "default" });
    const attributes = await connection.operatorService.listSearchAttributes({ namespace: "default" });
    return {
      retentionSeconds: Number(namespace.config?.workflowExecutionRetentionTtl?.seconds),
      attributes: Object.keys(attributes.customAttributes ?? {}).sort(),
    };
  } finally {
    await connection.close();
  }
}

test("the namespace has retention and search attributes, and keeps them when it is killed", async () => {
  const dataDir = tempDir();
  const first = await start(dataDir, 30);
  const described = await describe(first);
  expect(described.retentionSeconds).toBe(30 * 86_400);
  expect(described.attributes).toEqual(expect.arrayContaining([...SEARCH_ATTRIBUTES]));
  expect((await fetch(first.uiUrl ?? "")).status).toBe(200);
  process.kill(first.pid, "SIGKILL");
  expect(await first.exited).toEqual({ code: 137 });

  // Started on what the killed one left, with another retention.
  const second = await start(dataDir, 90);
  expect(await describe(second)).toEqual({ ...described, retentionSeconds: 90 * 86_400 });

  // Nobody has stopped this one: a start in its place ends it first.
  const third = await start(dataDir, 90);
  expect(isAlive(second.pid)).toBe(false);
  expect(await third.stop()).toEqual({ code: 0 });
});

test("a binary that does not serve is given up with what it said", async () => {
  const dataDir = tempDir();
  const options = {
    uiPort: undefined,
    namespace: "default",
    retentionDays: 1,
    signal: AbortSignal.timeout(20_000),
  };
  const binary = join("/bin", "false");
  await expect(startTemporal({ ...options, binary, dataDir, port: await findFreePort() })).rejects.toThrow(
    "Temporal did not start on 127.0.0.1:",
  );
});
