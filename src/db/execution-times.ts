import type { ExecutionState } from "#contract/states.ts";
import type { Db } from "./connect.ts";

/** What the public may know of an execution. Times are ISO 8601 once serialized. */
export interface ExecutionTimes {
  state: ExecutionState;
  receivedAt: Date;
  startedAt: Date | null;
  /** While it waits: when it goes on. */
  waitingUntil: Date | null;
  finishedAt: Date | null;
}

export async function findExecutionTimes(db: Db, executionId: string): Promise<ExecutionTimes | undefined> {
  return db
    .selectFrom("executions")
    .select([
      "state",
      "received_at as receivedAt",
      "started_at as startedAt",
      "waiting_until as waitingUntil",
      "finished_at as finishedAt",
    ])
    .where("id", "=", executionId)
    .executeTakeFirst();
}
