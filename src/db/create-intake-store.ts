import { LIMITS } from "#contract/limits.ts";
import { connect } from "./connect.ts";
import { insertIntakeRows, type IntakeOutcome, type IntakeRow } from "./intake.ts";

export interface IntakeStore {
  commit(rows: IntakeRow[]): Promise<IntakeOutcome[]>;
  close(): Promise<void>;
}

/** Below the patience of senders (GitHub: 10 s), so that they are told. */
const QUERY_TIMEOUT_MS = 8_000;

/** A pool for windows alone: as many connections as windows in flight, so that none waits behind another query. */
export function createIntakeStore(options: {
  databaseUrl: string;
  onError(error: Error): void;
}): IntakeStore {
  const { pool, close } = connect({
    ...options,
    maxConnections: LIMITS.intakeWindowsInFlight,
    applicationName: "millrace-intake",
    queryTimeoutMs: QUERY_TIMEOUT_MS,
  });
  return { commit: (rows) => insertIntakeRows(pool, rows), close };
}
