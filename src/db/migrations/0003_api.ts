/**
 * What the API edits and promises: ETags on customers and integrations, fields of integrations that people keep,
 * who withdrew a version and why, and the answers kept for an `Idempotency-Key`.
 *
 * Locks: `ALTER TABLE … ADD COLUMN` with constants, momentary. The previous release reads and writes the tables as
 * before; it leaves `edit` alone, so an ETag taken before it wrote still matches after.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `ALTER TABLE customers ADD COLUMN edit integer NOT NULL DEFAULT 1`,
  `ALTER TABLE integrations ADD COLUMN edit integer NOT NULL DEFAULT 1,
    ADD COLUMN category text NOT NULL DEFAULT '',
    ADD COLUMN icon text NOT NULL DEFAULT '',
    ADD COLUMN documentation text NOT NULL DEFAULT ''`,
  `ALTER TABLE versions ADD COLUMN withdrawn_by uuid, ADD COLUMN withdrawn_reason text`,
  `CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL,
    key_hash bytea NOT NULL,
    request_hash bytea NOT NULL,
    status smallint,
    answer bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, key_hash)
  )`,
  `CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at)`,
  // The worker that deletes an instance finds its rows by these.
  `CREATE INDEX instances_deleting ON instances (deleting_at) WHERE deleting_at IS NOT NULL`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
