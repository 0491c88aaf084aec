/**
 * Revisions of drafts, which tests run and nobody deploys: numbered apart from those that were deployed.
 *
 * Locks: `revisions` for a moment; the unique index is built anew over a table of deploys. The
 * previous release may read drafts as revisions, where both have the number: upgrade all processes before testing drafts.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `ALTER TABLE revisions ADD COLUMN draft boolean NOT NULL DEFAULT false`,
  `ALTER TABLE revisions DROP CONSTRAINT revisions_instance_id_number_key`,
  `ALTER TABLE revisions ADD CONSTRAINT revisions_instance_id_draft_number_key UNIQUE (instance_id, draft, number)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
