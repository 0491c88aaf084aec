import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { inject } from "vitest";
import { connect } from "#db/connect.ts";
import { TEMPLATE_DATABASE, withDatabase } from "./postgres.ts";
import { waitFor } from "./wait-for.ts";

export type TestDatabase = ReturnType<typeof connect> & {
  url: string;
  /** Closes the pool and drops the database; fails where the test left another connection open. */
  drop(): Promise<void>;
};

/** A migrated database of the test's own: a copy of the run's template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject("adminDatabaseUrl");
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await runAsAdmin(adminUrl, `create database ${name} template ${TEMPLATE_DATABASE}`);
  const url = withDatabase(adminUrl, name);
  const connected = connect({
    databaseUrl: url,
    maxConnections: 5,
    applicationName: "millrace-test",
    onError: () => {},
  });
  const drop = async (): Promise<void> => {
    await connected.close();
    await dropUnused(adminUrl, name);
  };
  return { ...connected, url, drop };
}

async function runAsAdmin(adminUrl: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A session ends a moment after its client has; what is open after a second is a leak, and is named. */
async function dropUnused(adminUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  const open = async (): Promise<string[]> => {
    const { rows } = await client.query<{ application_name: string; query: string }>(
      "select application_name, query from pg_stat_activity where datname = $1",
      [name],
    );
    return rows.map((row) => `${row.application_name}: ${row.query.slice(0, 200)}`);
  };
  try {
    const isUnused = async (): Promise<boolean> => (await open()).length === 0;
    const what = "the test closed every connection to its database";
    await waitFor(isUnused, { timeoutMs: 1_000, what }).catch(async (error: unknown) => {
      throw new Error(`connections left open:\n${(await open()).join("\n")}`, { cause: error });
    });
  } finally {
    await client.query(`drop database ${name} with (force)`);
    await client.end();
  }
}
