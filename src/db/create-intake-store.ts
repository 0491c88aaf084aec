import { LIMITS } from "#contract/limits.ts";
import { connect, type Db } from "./connect.ts";
import { insertIntakeRows, type IntakeOutcome, type IntakeRow } from "./intake.ts";

/**
 * What intake needs of Postgres, on connections of its own: no slow query of the console's stands before a webhook,
 * and a Postgres that hangs is noticed.
 */
export interface IntakeStore {
  /** Commits a window: one outcome per row, in order. */
  commit(rows: IntakeRow[]): Promise<IntakeOutcome[]>;
  /** For endpoints and their records. */
  db: Db;
  close(): Promise<void>;
}

/** Below the patience of senders (GitHub: 10 s), so that they are told. */
const COMMIT_TIMEOUT_MS = 8_000;
/** These read a row or two. */
const ENDPOINT_TIMEOUT_MS = 3_000;

export function createIntakeStore(options: {
  databaseUrl: string;
  onError(error: Error): void;
}): IntakeStore {
  const windows = connect({
    ...options,
    maxConnections: LIMITS.intakeWindowsInFlight,
    applicationName: "millrace-intake",
    queryTimeoutMs: COMMIT_TIMEOUT_MS,
  });
  const endpoints = connect({
    ...options,
    maxConnections: 2,
    applicationName: "millrace-endpoints",
    queryTimeoutMs: ENDPOINT_TIMEOUT_MS,
  });
  return {
    commit: (rows) => insertIntakeRows(windows.pool, rows),
    db: endpoints.db,
    async close() {
      await windows.close();
      await endpoints.close();
    },
  };
}
