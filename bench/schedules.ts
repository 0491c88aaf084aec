import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { connect, type Db } from "#db/connect.ts";
import { migrate } from "#db/migrate.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startPostgres } from "#embedded/postgres.ts";
import { fireSchedules } from "#engine/start-schedules.ts";
import type { BenchRow } from "./run.ts";

const SCHEDULES = 100_000;
const WORKERS = 2;

/**
 * A hundred thousand schedules, of as many flows, due in the same minute: how long until each is a queued execution, and
 * what a transaction beside them waits meanwhile. It does not measure their execution.
 */
export async function run(): Promise<BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "millrace-bench-schedules-"));
  const postgres = await startPostgres({
    dataDir,
    port: await findFreePort(),
    signal: AbortSignal.timeout(120_000),
  });
  try {
    await migrate(postgres.databaseUrl);
    const open = () =>
      connect({
        databaseUrl: postgres.databaseUrl,
        maxConnections: 4,
        applicationName: "bench",
        onError: () => {},
      });
    const connections = Array.from({ length: WORKERS + 1 }, open);
    try {
      const [beside, ...workers] = connections.map(({ db }) => db);
      if (beside === undefined) return [];
      await seed(beside);
      return await measure(beside, workers);
    } finally {
      await Promise.all(connections.map((each) => each.close()));
    }
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function seed(db: Db): Promise<void> {
  await sql`
    INSERT INTO schedules (flow_id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id,
      flow_key, cron, time_zone, overlap, catch_up_ms, paused, next_fire_at)
    SELECT uuidv7(), org, uuidv7(), uuidv7(), org, org, uuidv7(), 'nightly', (n % 60) || ' ' || (n % 24) || ' * * *',
      'Europe/Berlin', 'skip', 3600000, false, date_trunc('minute', now())
    FROM generate_series(1, ${SCHEDULES}) AS n, (SELECT uuidv7() AS org) AS one
  `.execute(db);
  await sql`ANALYZE`.execute(db);
}

async function measure(beside: Db, workers: readonly Db[]): Promise<BenchRow[]> {
  const log = pino({ level: "silent" });
  const hints = { send: () => {} };
  const done = new AbortController();
  const waits = probe(beside, done.signal);
  const began = performance.now();
  const fired = await Promise.all(
    workers.map((db) => fireSchedules({ db, hints, log }, new AbortController().signal)),
  );
  const seconds = (performance.now() - began) / 1_000;
  done.abort();
  const waited = (await waits).toSorted((a, b) => a - b);
  const executions = fired.reduce((sum, count) => sum + count, 0);
  if (executions !== SCHEDULES) throw new Error(`${executions} of ${SCHEDULES} schedules fired`);
  return [
    { name: "100,000 schedules of one minute: all queued after", value: seconds, unit: "s", target: "< 60" },
    { name: "ticks queued by two workers", value: executions / seconds, unit: "/s" },
    {
      name: "a committed write beside them, p99",
      value: waited[Math.floor(waited.length * 0.99)] ?? 0,
      unit: "ms",
      note: `p50 ${(waited[Math.floor(waited.length / 2)] ?? 0).toFixed(1)} ms, ${waited.length} writes`,
    },
  ];
}

/** Milliseconds that each of many small committed writes took. */
async function probe(db: Db, signal: AbortSignal): Promise<number[]> {
  const waited: number[] = [];
  while (!signal.aborted) {
    const began = performance.now();
    await sql`UPDATE endpoint_counter SET version = version + 1`.execute(db);
    waited.push(performance.now() - began);
  }
  return waited;
}
