import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** Which processes live: the workers share the shards among those they see here. */
export interface ProcessIdentity {
  id: string;
  kind: "api" | "worker";
  host: string;
  pid: number;
  version: string;
}

export async function beatProcess(db: Db, process: ProcessIdentity): Promise<void> {
  await db
    .insertInto("processes")
    .values(process)
    .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_at: sql<Date>`now()` }))
    .execute();
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
