import { sql } from "kysely";
import type { Db } from "./connect.ts";

/**
 * Deletes expired keys, one small batch. Returns how many went: call again while it returns `batch`.
 * Skips rows that a window is just taking over.
 */
export async function sweepDedupKeys(db: Db, options: { batch: number }): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM dedup_keys USING (
      SELECT flow_id, key_hash FROM dedup_keys WHERE expires_at <= now()
      LIMIT ${options.batch} FOR UPDATE SKIP LOCKED
    ) AS expired
    WHERE dedup_keys.flow_id = expired.flow_id AND dedup_keys.key_hash = expired.key_hash
  `.execute(db);
  return Number(numAffectedRows ?? 0n);
}
