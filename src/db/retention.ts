import { sql } from "kysely";
import { smallestIdAt } from "#contract/ids.ts";
import type { Db } from "./connect.ts";
import { PARTITIONED_TABLES, type PartitionedTable } from "./partitions.ts";

/**
 * Takes a day's data away at once: its partitions are detached without blocking writers, then dropped. Each step can
 * be interrupted; the next call finds what stands (attached, detaching, detached) and goes on from there.
 */
interface Partition {
  name: string;
  table: PartitionedTable;
  dayMs: number;
  state: "attached" | "detaching" | "detached";
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LOCK_TIMEOUT = "5s";
/** Executions last: whoever sees one may look for its steps, not the other way round. */
const ORDER = [...PARTITIONED_TABLES].toReversed();

export interface RetentionReport {
  dropped: string[];
  /** Days over their retention that still have executions without a final state. */
  keptForRunning: string[];
}

export async function dropExpiredPartitions(
  db: Db,
  options: { retentionDays: number; nowMs: number },
): Promise<RetentionReport> {
  const report: RetentionReport = { dropped: [], keptForRunning: [] };
  const expired = (await listDayPartitions(db)).filter(
    ({ dayMs }) => dayMs + DAY_MS <= options.nowMs - options.retentionDays * DAY_MS,
  );
  for (const dayMs of new Set(expired.map((partition) => partition.dayMs))) {
    if (await hasQueuedOfDay(db, dayMs)) {
      report.keptForRunning.push(new Date(dayMs).toISOString().slice(0, 10));
      continue;
    }
    for (const table of ORDER) {
      const partition = expired.find((each) => each.dayMs === dayMs && each.table === table);
      if (partition === undefined) continue;
      await dropPartition(db, partition);
      report.dropped.push(partition.name);
    }
  }
  return report;
}

async function listDayPartitions(db: Db): Promise<Partition[]> {
  const { rows } = await sql<{ name: string; attached: boolean; pending: boolean }>`
    SELECT relname AS name, inhrelid IS NOT NULL AS attached, coalesce(inhdetachpending, false) AS pending
    FROM pg_class LEFT JOIN pg_inherits ON inhrelid = oid
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname ~ '_p[0-9]{8}$'
    ORDER BY relname
  `.execute(db);
  return rows.flatMap(({ name, attached, pending }) => {
    const [, table, year, month, day] = /^(.+)_p(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
    const known = PARTITIONED_TABLES.find((each) => each === table);
    if (known === undefined) return [];
    const standing = pending ? "detaching" : "attached";
    return [
      {
        name,
        table: known,
        dayMs: Date.UTC(Number(year), Number(month) - 1, Number(day)),
        state: attached ? standing : ("detached" as const),
      },
    ];
  });
}

async function hasQueuedOfDay(db: Db, dayMs: number): Promise<boolean> {
  const row = await db
    .selectFrom("queue")
    .select("execution_id")
    .where("execution_id", ">=", smallestIdAt(dayMs))
    .where("execution_id", "<", smallestIdAt(dayMs + DAY_MS))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** On one connection, outside any transaction: DETACH … CONCURRENTLY asks for that. */
async function dropPartition(db: Db, { name, table, state }: Partition): Promise<void> {
  const parent = sql.table(table);
  const child = sql.table(name);
  await db.connection().execute(async (connection) => {
    await sql`SET lock_timeout = ${sql.lit(LOCK_TIMEOUT)}`.execute(connection);
    try {
      if (state === "attached")
        await sql`ALTER TABLE ${parent} DETACH PARTITION ${child} CONCURRENTLY`.execute(connection);
      else if (state === "detaching")
        await sql`ALTER TABLE ${parent} DETACH PARTITION ${child} FINALIZE`.execute(connection);
      await sql`DROP TABLE ${child}`.execute(connection);
    } finally {
      await sql`RESET lock_timeout`.execute(connection);
    }
  });
}
