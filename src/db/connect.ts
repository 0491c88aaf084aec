import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import type { Database } from "./schema.ts";

const INT8 = 20;

export type Db = Kysely<Database>;

export interface Connection {
  db: Db;
  pool: pg.Pool;
  close(): Promise<void>;
}

export interface ConnectOptions {
  databaseUrl: string;
  maxConnections: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** After it a query rejects and its connection is given up: a Postgres that hangs must not hang us. */
  queryTimeoutMs?: number;
  /** A pooled connection broke while idle: the pool drops it; this tells the operator. */
  onError(error: Error): void;
}

/** A pool and Kysely over it. Our 64-bit integers are counters far below 2^53, so they are read as numbers. */
export function connect(options: ConnectOptions): Connection {
  const pool = new pg.Pool({
    connectionString: options.databaseUrl,
    max: options.maxConnections,
    application_name: options.applicationName,
    connectionTimeoutMillis: 5_000,
    ...(options.queryTimeoutMs !== undefined && { query_timeout: options.queryTimeoutMs }),
    keepAlive: true,
    types: {
      getTypeParser: ((oid: number, format?: "text" | "binary") =>
        oid === INT8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format)) as never, // pg's overloads cannot be spelled
    },
  });
  pool.on("error", options.onError);
  // A connection in use has no listener of the pool's: its loss, which the running query reports, would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const close = async (): Promise<void> => {
    // Kysely ends the pool only where it has run a query of its own.
    await db.destroy();
    if (!pool.ending) await pool.end();
  };
  return { db, pool, close };
}
