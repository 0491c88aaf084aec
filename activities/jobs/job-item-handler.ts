import type { Transaction } from "kysely";
import type { JobItemOutcome } from "#contract/jobs.ts";
import type { JobRow } from "#db/jobs.ts";
import type { Database } from "#db/schema.ts";

/** What an item came to, and whom to tell once it is committed. */
export interface HandledItem {
  outcome: JobItemOutcome;
  /** Of the queue: executions wait there. */
  shards: readonly number[];
}

/**
 * What a kind of job does to one item, in the transaction that also writes the item's end: both are there, or neither.
 * In a dry run it says what it would do. It throws an `EngineError`: a `request/*` refuses the item, one that is
 * retryable has its turn again.
 */
export type JobItemHandler = (
  transaction: Transaction<Database>,
  work: { job: JobRow; subjectId: string },
) => Promise<HandledItem>;
