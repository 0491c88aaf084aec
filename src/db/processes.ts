import { sql } from "kysely";
import { LIMITS } from "#contract/limits.ts";
import { parseWorkerStatus, type WorkerStatus } from "#contract/worker-status.ts";
import type { Db } from "./connect.ts";

/** Which processes live: the workers share the shards among those they see here. */
export interface ProcessIdentity {
  id: string;
  kind: "api" | "worker";
  host: string;
  pid: number;
  version: string;
}

/** `status`: a worker's. */
export async function beatProcess(db: Db, process: ProcessIdentity, status?: WorkerStatus): Promise<void> {
  const text = status === undefined ? null : JSON.stringify(status);
  await db
    .insertInto("processes")
    .values({ ...process, status: text })
    .onConflict((conflict) =>
      conflict.column("id").doUpdateSet({ seen_at: sql<Date>`now()`, status: sql`excluded.status` }),
    )
    .execute();
}

export interface LiveWorker {
  host: string;
  pid: number;
  /** Undefined for a worker of an earlier release. */
  status: WorkerStatus | undefined;
}

/**
 * A process not seen for this long counts as dead: two heartbeats may be missed. Less than a lease, so that a dead
 * worker's shards find a taker.
 */
export const ALIVE_MS = 3 * LIMITS.shardRenewMs;

export async function listLiveWorkers(db: Db): Promise<LiveWorker[]> {
  const rows = await db
    .selectFrom("processes")
    .select(["host", "pid", "status"])
    .where("kind", "=", "worker")
    .where("seen_at", ">", sql<Date>`now() - ${ALIVE_MS} * interval '1 ms'`)
    .orderBy("started_at")
    .execute();
  return rows.map(({ host, pid, status }) => ({ host, pid, status: parseWorkerStatus(status) }));
}

export async function removeProcess(db: Db, id: string): Promise<void> {
  await db.deleteFrom("processes").where("id", "=", id).execute();
}

/** Forgets the dead. An hour is far beyond any stall after which a process could come back. */
export async function sweepProcesses(db: Db): Promise<number> {
  const { numAffectedRows } =
    await sql`DELETE FROM processes WHERE seen_at < now() - interval '1 hour'`.execute(db);
  return Number(numAffectedRows ?? 0);
}
