import { sql } from "kysely";
import { smallestIdAt } from "#contract/ids.ts";
import type { Db } from "./connect.ts";

/**
 * A day's partition of each hot table holds the ids (UUIDv7) of that day, UTC. Made seven days ahead; `/readyz`
 * fails when tomorrow's is missing.
 */
export const PARTITIONED_TABLES = ["executions", "payloads", "step_results", "logs", "flow_calls"] as const;
export type PartitionedTable = (typeof PARTITIONED_TABLES)[number];

const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_AHEAD = 7;

export function partitionName(table: PartitionedTable, atMs: number): string {
  return `${table}_p${new Date(atMs).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

/** Makes what is missing from yesterday (clocks differ) to seven days ahead. */
export async function ensurePartitions(db: Db, nowMs: number): Promise<void> {
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const present = new Set(await listPartitions(db));
  for (let day = today - DAY_MS; day <= today + DAYS_AHEAD * DAY_MS; day += DAY_MS) {
    for (const table of PARTITIONED_TABLES) {
      if (!present.has(partitionName(table, day))) await createPartition(db, table, day);
    }
  }
}

/** Whether every hot table can take rows at this time. */
export async function hasPartitionsFor(db: Db, atMs: number): Promise<boolean> {
  const present = new Set(await listPartitions(db));
  return PARTITIONED_TABLES.every((table) => present.has(partitionName(table, atMs)));
}

export async function listPartitions(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT child.relname AS name
    FROM pg_inherits
    JOIN pg_class AS child ON child.oid = inhrelid
    JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE parent.relname = ANY(${[...PARTITIONED_TABLES]}) AND child.relkind = 'r'
      AND parent.relnamespace = current_schema()::regnamespace
  `.execute(db);
  return rows.map((row) => row.name);
}

async function createPartition(db: Db, table: PartitionedTable, dayMs: number): Promise<void> {
  const name = sql.table(partitionName(table, dayMs));
  const from = sql.lit(smallestIdAt(dayMs));
  const to = sql.lit(smallestIdAt(dayMs + DAY_MS));
  // Two processes may make the same one: the second waits for the first's lock and finds it there.
  await db.transaction().execute(async (transaction) => {
    await sql`SELECT pg_advisory_xact_lock(hashtext('millrace-partitions'))`.execute(transaction);
    await sql`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF ${sql.table(table)} FOR VALUES FROM (${from}) TO (${to})`.execute(
      transaction,
    );
  });
}
