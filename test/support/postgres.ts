import { mkdir } from "node:fs/promises";
import { Client } from "pg";
import { migrate } from "#db/migrate.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startPostgres } from "#embedded/postgres.ts";

/** Migrated once per run; every test's database is a copy of it. */
export const TEMPLATE_DATABASE = "millrace";

export interface TestPostgres {
  adminUrl: string;
  stop(): Promise<void>;
}

/** A Postgres whose data may be lost (no fsync), with the migrated template in it. */
export async function startTestPostgres(dataDir: string, signal: AbortSignal): Promise<TestPostgres> {
  await mkdir(dataDir, { recursive: true });
  const running = await startPostgres({ dataDir, port: await findFreePort(), durable: false, signal });
  const adminUrl = withDatabase(running.databaseUrl, "postgres");
  const stop = async (): Promise<void> => {
    await running.stop();
  };
  try {
    await migrate(running.databaseUrl);
    const client = new Client({ connectionString: adminUrl });
    await client.connect();
    // Nobody may connect to a template while it is copied.
    await client.query(`alter database ${TEMPLATE_DATABASE} with is_template true allow_connections false`);
    await client.end();
  } catch (error) {
    await stop();
    throw error;
  }
  return { adminUrl, stop };
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}
