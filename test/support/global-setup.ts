import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { readConfig } from "#config";
import { startTestPostgres } from "./postgres.ts";
import { startTestTemporal } from "./temporal-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Of the server's own database `postgres`; tests make theirs by `createTestDatabase`. */
    adminDatabaseUrl: string;
    temporalAddress: string;
  }
}

/** One Postgres and one Temporal for all integration tests of a run. Vitest calls it only where some of them run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-test-"));
  // Where root runs the tests, Postgres runs as another user and has to get in.
  await chmod(folder, 0o755);
  const signal = AbortSignal.timeout(240_000);
  const config = readConfig();
  const started = await Promise.allSettled([
    startTestPostgres(join(folder, "postgres"), signal),
    startTestTemporal({ folder: join(folder, "temporal"), config, signal }),
  ]);
  const [postgres, temporal] = started;
  const teardown = async (): Promise<void> => {
    for (const part of started) if (part.status === "fulfilled") await part.value.stop();
    await rm(folder, { recursive: true, force: true });
  };
  if (postgres.status === "rejected" || temporal.status === "rejected") {
    await teardown();
    throw started.find((part) => part.status === "rejected")?.reason;
  }
  project.provide("adminDatabaseUrl", postgres.value.adminUrl);
  project.provide("temporalAddress", temporal.value.address);
  return teardown;
}
