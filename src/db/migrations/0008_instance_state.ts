/** What steps keep from execution to execution. Locks: none, the table is new. The previous release has no state. */
import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  // flow_key '': of the instance as a whole. `value` is JSON text, exactly as it was written.
  await sql`CREATE TABLE instance_state (
    instance_id uuid NOT NULL,
    flow_key text NOT NULL,
    key text NOT NULL,
    value text NOT NULL,
    execution_id uuid,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (instance_id, flow_key, key)
  ) WITH (fillfactor = 80)`.execute(db);
}
