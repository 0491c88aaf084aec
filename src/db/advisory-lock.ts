import { sql } from "kysely";
import type { Db } from "./connect.ts";

/**
 * Runs a task where no other process runs one under this name; returns undefined where one does. The lock belongs to
 * a connection, so it ends with the process. Needs a direct connection, like LISTEN.
 */
export async function withAdvisoryLock<Result>(
  db: Db,
  name: string,
  task: () => Promise<Result>,
): Promise<Result | undefined> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`
      SELECT pg_try_advisory_lock(hashtext(${name})) AS taken`.execute(connection);
    if (rows[0]?.taken !== true) return undefined;
    try {
      return await task();
    } finally {
      await sql`SELECT pg_advisory_unlock(hashtext(${name}))`.execute(connection);
    }
  });
}
