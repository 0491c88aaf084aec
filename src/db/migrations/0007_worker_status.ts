/**
 * What a worker says of itself beside its heartbeat, for `/readyz`, `/metrics` and `doctor`. Locks: `processes`, for the
 * moment of adding a column without a default. The previous release leaves it empty: such a worker counts as alive.
 */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE processes ADD COLUMN status jsonb`.execute(db);
}
