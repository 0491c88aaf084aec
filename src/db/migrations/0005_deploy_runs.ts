/**
 * Which executions a deploy, or a deletion, of an instance has begun: what a person looks at to know whether it went
 * well. Locks: `ALTER TABLE … ADD COLUMN` without a default, momentary. The previous release runs no such flows.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `CREATE TABLE deploy_runs (
    revision_id uuid NOT NULL,
    event text NOT NULL,
    flow_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    flow_key text NOT NULL,
    execution_id uuid NOT NULL,
    PRIMARY KEY (revision_id, event, flow_id)
  )`,
  `CREATE INDEX deploy_runs_by_instance ON deploy_runs (instance_id)`,
  `ALTER TABLE instances ADD COLUMN deletion_flows_at timestamptz`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
