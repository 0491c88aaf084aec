import type { OpenAPIHono } from "@hono/zod-openapi";
import { sql } from "kysely";
import type { Logger } from "pino";
import type { Clock } from "#contract/clock.ts";
import { isStuck } from "#contract/worker-status.ts";
import type { Db } from "#db/connect.ts";
import { hasPartitionsFor } from "#db/partitions.ts";
import { listLiveWorkers } from "#db/processes.ts";
import type { AppEnv } from "../app-env.ts";

/** Returns a sentence on what is wrong and what to do, or undefined. */
export type ReadinessCheck = (signal: AbortSignal) => Promise<string | undefined>;

export interface HealthOptions {
  db: Db;
  log: Logger;
  /** The name of this release's last migration. */
  migration: string;
  /** By name, beyond the database's. */
  checks?: Record<string, ReadinessCheck>;
  now?: Clock;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const CHECK_TIMEOUT_MS = 2_000;

/**
 * `/healthz`: this process answers. `/readyz`: it can do its work; 503 with a sentence for each thing it lacks. How the
 * workers are stands beside it and changes nothing: webhooks are taken without them.
 */
export function healthRoutes(app: OpenAPIHono<AppEnv>, options: HealthOptions): void {
  app.get("/healthz", (context) => context.json({ status: "ok" }));
  app.get("/readyz", async (context) => {
    const checks = { ...databaseChecks(options), ...options.checks };
    const runCheck = createCheckRunner(options.log);
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await runCheck(name, check)] as const),
    );
    const ready = results.every(([, problem]) => problem === undefined);
    return context.json(
      {
        status: ready ? "ready" : "not-ready",
        checks: Object.fromEntries(results.map(([name, problem]) => [name, problem ?? "ok"])),
        workers: (await runCheck("workers", () => describeWorkers(options.db))) ?? "ok",
      },
      ready ? 200 : 503,
    );
  });
}

function databaseChecks({ db, migration, now = Date.now }: HealthOptions): Record<string, ReadinessCheck> {
  return {
    async database() {
      await sql`SELECT 1`.execute(db);
      return undefined;
    },
    async migration() {
      const { rows } = await sql<{ present: boolean }>`
        SELECT EXISTS (SELECT FROM kysely_migration WHERE name = ${migration}) AS present
      `.execute(db);
      return rows[0]?.present === true
        ? undefined
        : `Migration ${migration} is missing; run the migrate command of this release`;
    },
    async partitions() {
      return (await hasPartitionsFor(db, now() + DAY_MS))
        ? undefined
        : "Tomorrow's partitions are missing; a running worker makes them, or run the migrate command";
    },
  };
}

/** General, as all of this page: `bin/millrace doctor` has each worker's own words. */
async function describeWorkers(db: Db): Promise<string | undefined> {
  const workers = await listLiveWorkers(db);
  if (workers.length === 0) return "No worker is alive: executions stay queued until one is started";
  const stuck = workers.filter(({ status }) => isStuck(status)).length;
  return stuck === 0
    ? undefined
    : `${stuck} of ${workers.length} workers cannot start executions; see doctor`;
}

function createCheckRunner(log: Logger) {
  return (name: string, check: ReadinessCheck): Promise<string | undefined> => {
    const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
    const late = new Promise<string>((resolve) => {
      signal.addEventListener("abort", () => resolve(`No answer within ${CHECK_TIMEOUT_MS} ms`), {
        once: true,
      });
    });
    const result = check(signal).catch((error: unknown) => {
      log.warn({ err: error, check: name }, "a readiness check failed");
      // The sentence stays general: anyone may read this page, and drivers' errors name hosts and users.
      return "Cannot be reached; the log of this process has more";
    });
    return Promise.race([result, late]);
  };
}
