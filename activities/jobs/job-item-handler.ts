import type { Transaction } from "kysely";
import type { JobItemOutcome } from "#contract/jobs.ts";
import type { Db } from "#db/connect.ts";
import type { JobRow } from "#db/jobs.ts";
import type { Database } from "#db/schema.ts";

/** What an item came to, and whom to tell once it is committed. */
export interface HandledItem {
  outcome: JobItemOutcome;
  /** Of the queue: executions wait there. */
  shards: readonly number[];
}

export interface ItemWork {
  job: JobRow;
  subjectId: string;
  signal: AbortSignal;
}

/**
 * What a kind of job does to one item: first what takes long and changes nothing, on no transaction's time; what that
 * returns is then done in the transaction that also writes the item's end: both are there, or neither. In a dry run it
 * says what it would do. It throws an `EngineError`: a `request/*` or `step/*` refuses the item, one that is retryable
 * has its turn again.
 */
export type JobItemHandler = (
  db: Db,
  work: ItemWork,
) => Promise<(transaction: Transaction<Database>) => Promise<HandledItem>>;
