import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { QUEUE_STATUS } from "./queue.ts";

/** What a person asks for goes on while its instance is paused. */
const NOT_HELD = ["test", "deploy"];

/**
 * In the transaction of a pause: what is queued waits for the unpause. It stays `queued`; its queue row alone is held. One
 * whose start is under way at this moment runs, like everything that ran before.
 */
export async function holdQueued(transaction: Db, instanceId: string): Promise<void> {
  await sql`
    WITH locked AS MATERIALIZED (
      SELECT id FROM executions WHERE state = 'queued' AND id IN (
        SELECT execution_id FROM queue WHERE instance_id = ${instanceId} AND status = ${QUEUE_STATUS.ready}
          AND trigger <> ALL(${NOT_HELD}::text[]))
      ORDER BY id FOR NO KEY UPDATE
    )
    UPDATE queue SET status = ${QUEUE_STATUS.held} FROM locked
    WHERE execution_id = locked.id AND status = ${QUEUE_STATUS.ready}
  `.execute(transaction);
}

/** In the transaction of an unpause: what was held becomes ready. Returns the shards to look at. */
export async function releaseHeld(transaction: Db, instanceId: string): Promise<number[]> {
  const { rows } = await sql<{ shard: number }>`
    WITH locked AS MATERIALIZED (
      SELECT id FROM executions WHERE state IN ('held', 'queued') AND id IN (
        SELECT execution_id FROM queue WHERE instance_id = ${instanceId} AND status = ${QUEUE_STATUS.held})
      ORDER BY id FOR NO KEY UPDATE
    ), released AS (
      UPDATE executions SET state = 'queued', queued_at = now(), updated_at = now()
      FROM locked WHERE executions.id = locked.id RETURNING executions.id
    ), ready AS (
      UPDATE queue SET status = ${QUEUE_STATUS.ready} FROM released
      WHERE execution_id = released.id AND status = ${QUEUE_STATUS.held} RETURNING shard
    )
    SELECT DISTINCT shard FROM ready
  `.execute(transaction);
  return rows.map((row) => row.shard);
}
