import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** Leases on the shards of the queue: at most one worker holds a shard, each change of hands raises its epoch. */
export interface HeldShard {
  shard: number;
  epoch: number;
}

export interface LeaseReport {
  held: HeldShard[];
  /** Workers seen alive lately, this one included. */
  workers: number;
  /** Until the first lease of another worker runs out, in milliseconds; null when no other holds one. */
  nextExpiryMs: number | null;
}

/**
 * Renews this worker's leases and takes free or expired ones up to its fair share. A lease that ran out without
 * another worker taking it goes through a new epoch as well: its holder has stopped counting meanwhile.
 */
export async function leaseShards(
  db: Db,
  options: { workerId: string; leaseMs: number; aliveMs: number; total: number },
): Promise<LeaseReport> {
  const { workerId, leaseMs } = options;
  const until = sql`now() + ${leaseMs} * interval '1 ms'`;
  return db.transaction().execute(async (trx) => {
    const renewed = await sql<HeldShard>`
      UPDATE shards SET expires_at = ${until} WHERE worker_id = ${workerId} AND expires_at > now()
      RETURNING shard, epoch
    `.execute(trx);
    const workers = await countWorkers(trx, options);
    const missing = Math.ceil(options.total / workers) - renewed.rows.length;
    const taken =
      missing <= 0
        ? { rows: [] }
        : await sql<HeldShard>`
            UPDATE shards SET worker_id = ${workerId}, epoch = epoch + 1, expires_at = ${until}
            WHERE shard IN (SELECT shard FROM shards WHERE expires_at <= now()
              ORDER BY shard LIMIT ${missing} FOR UPDATE SKIP LOCKED)
            RETURNING shard, epoch
          `.execute(trx);
    const next = await sql<{ ms: number | null }>`
      SELECT extract(epoch FROM min(expires_at) - now())::float8 * 1000 AS ms FROM shards
      WHERE worker_id <> ${workerId} AND expires_at > now()
    `.execute(trx);
    return { held: [...renewed.rows, ...taken.rows], workers, nextExpiryMs: next.rows[0]?.ms ?? null };
  });
}

async function countWorkers(db: Db, options: { workerId: string; aliveMs: number }): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM processes
    WHERE kind = 'worker' AND id <> ${options.workerId} AND seen_at > now() - ${options.aliveMs} * interval '1 ms'
  `.execute(db);
  return 1 + (rows[0]?.count ?? 0);
}

/** Frees some shards, or all of this worker's, so that others take them at their next look. */
export async function releaseShards(db: Db, workerId: string, shards?: number[]): Promise<void> {
  await db
    .updateTable("shards")
    .set({ worker_id: null, expires_at: sql<Date>`'-infinity'` })
    .where("worker_id", "=", workerId)
    .$if(shards !== undefined, (query) => query.where("shard", "in", shards ?? []))
    .execute();
}
