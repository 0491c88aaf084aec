import { sql } from "kysely";
import type { Db } from "#db/connect.ts";

/** Columns that say whose a row is. A table with one of them is counted, also one that this code does not know. */
const OWNERS = { instance_id: "instanceIds", flow_id: "flowIds", execution_id: "executionIds" } as const;

interface Owned {
  instanceIds: string[];
  flowIds: string[];
  executionIds: string[];
}

/** Rows of each table that belong to these instances, flows or executions, by the catalogue of Postgres. */
export async function countRowsOf(db: Db, owned: Owned): Promise<Record<string, number>> {
  const { rows: columns } = await sql<{ table: string; column: keyof typeof OWNERS }>`
    SELECT c.table_name AS "table", c.column_name AS "column" FROM information_schema.columns AS c
    JOIN pg_class ON relname = c.table_name AND NOT relispartition
    WHERE c.table_schema = 'public' AND c.column_name IN (${sql.join(Object.keys(OWNERS))})
  `.execute(db);
  const counted = [
    ...columns.map(({ table, column }) => ({ table, column, ids: owned[OWNERS[column]] })),
    { table: "instances", column: "id", ids: owned.instanceIds },
    { table: "executions", column: "id", ids: owned.executionIds },
  ];
  const counts: Record<string, number> = {};
  for (const { table, column, ids } of counted) {
    const { rows } = await sql<{ count: number }>`SELECT count(*)::int AS count FROM ${sql.table(table)}
      WHERE ${sql.ref(column)} = ANY(${ids}::uuid[])`.execute(db);
    counts[table] = Math.max(counts[table] ?? 0, rows[0]?.count ?? 0);
  }
  return counts;
}
