/**
 * What a version allows beyond the one before it, and who approved that an instance gets more than it has.
 *
 * Locks: `ALTER TABLE … ADD COLUMN` with a constant, momentary. The previous release reads and writes `versions` as
 * before; what it publishes counts as widening nothing, and deploying compares permissions anew anyway.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `ALTER TABLE versions ADD COLUMN widens jsonb NOT NULL DEFAULT '[]'`,
  // Kept as it was given, one per instance and version: a later approval of the same adds to what was approved.
  `CREATE TABLE permission_approvals (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    instance_id uuid NOT NULL REFERENCES instances (id) ON DELETE CASCADE,
    version_id uuid NOT NULL REFERENCES versions (id),
    widens jsonb NOT NULL,
    note text NOT NULL,
    approved_by uuid,
    approved_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX permission_approvals_by_instance ON permission_approvals (instance_id, version_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
