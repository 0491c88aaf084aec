/**
 * Executions that a step of another one started, linked both ways.
 *
 * Locks: `ALTER TABLE executions ADD COLUMN` with a constant, momentary. `flow_calls` gets the partitions that
 * `executions` has, so that what runs already can call. The previous release does not know calls: steps that make them
 * fail there.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `ALTER TABLE executions ADD COLUMN called_by uuid, ADD COLUMN call_depth smallint NOT NULL DEFAULT 0`,
  // The primary key is what makes a second execution of a call impossible.
  `CREATE TABLE flow_calls (
    execution_id uuid NOT NULL,
    path text NOT NULL,
    key text NOT NULL,
    flow_key text NOT NULL,
    called_id uuid NOT NULL,
    PRIMARY KEY (execution_id, path, key)
  ) PARTITION BY RANGE (execution_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  const { rows } = await sql<{ day: string; bounds: string }>`
    SELECT right(child.relname, 9) AS day, pg_get_expr(child.relpartbound, child.oid) AS bounds
    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
    WHERE inhparent = 'executions'::regclass AND child.relname ~ '_p[0-9]{8}$'`.execute(db);
  for (const { day, bounds } of rows)
    await sql.raw(`CREATE TABLE flow_calls_${day} PARTITION OF flow_calls ${bounds}`).execute(db);
}
