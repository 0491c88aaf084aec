import { sql } from "kysely";
import { smallestIdAt } from "#contract/ids.ts";
import {
  type ExecutionState,
  type FailureRecord,
  TERMINAL_STATES,
  type TerminalState,
} from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { noteEnded } from "./failing-instances.ts";
import { QUEUE_STATUS, queuePlaceOf } from "./queue.ts";
import { storableJson } from "./storable-text.ts";

/** What the reconciler reads and mends; every call is bounded by a number of rows. */
export interface StartedExecution {
  executionId: string;
  organizationId: string;
  instanceId: string;
  state: ExecutionState;
  generation: number;
  seq: number;
  /** Since it was marked started. */
  ageMs: number;
}

interface StaleOptions {
  limit: number;
  /** Neither started nor checked within this time. */
  olderThanMs: number;
  /** Looks only: the rows are not marked as checked. */
  dryRun: boolean;
}

/** Started executions that nobody compared lately, the longest unchecked first. Several workers get different ones. */
export async function takeStaleStarted(db: Db, options: StaleOptions): Promise<StartedExecution[]> {
  const stale = sql`
    SELECT execution_id FROM queue
    WHERE status = 2 AND coalesce(checked_at, started_at) < now() - ${options.olderThanMs} * interval '1 ms'
    ORDER BY coalesce(checked_at, started_at) LIMIT ${options.limit}`;
  const taken = options.dryRun
    ? sql`SELECT * FROM queue WHERE execution_id IN (${stale})`
    : sql`UPDATE queue SET checked_at = now() WHERE execution_id IN (${stale} FOR UPDATE SKIP LOCKED) RETURNING *`;
  const { rows } = await sql<StartedExecution>`
    WITH taken AS (${taken})
    SELECT q.execution_id AS "executionId", q.organization_id AS "organizationId", q.instance_id AS "instanceId",
      e.state, e.generation, e.seq, extract(epoch FROM now() - q.started_at)::float8 * 1000 AS "ageMs"
    FROM taken AS q
    CROSS JOIN LATERAL (SELECT state, generation, seq FROM executions WHERE id = q.execution_id LIMIT 1) AS e
  `.execute(db);
  return rows;
}

export interface HistoryEnding {
  executionId: string;
  generation: number;
  /** As it was read: a write in between makes this ending void. */
  seq: number;
  state: TerminalState;
  error: FailureRecord | undefined;
  finishedAt: Date | undefined;
}

/** Ends an execution as its history says, and takes its queue row away. False when somebody else wrote meanwhile. */
export async function endByHistory(db: Db, ending: HistoryEnding): Promise<boolean> {
  const { executionId, finishedAt } = ending;
  return db.transaction().execute(async (transaction) => {
    const result = await transaction
      .updateTable("executions")
      .set({
        state: ending.state,
        error: storableJson(ending.error),
        waiting_reason: null,
        waiting_detail: null,
        waiting_until: null,
        finished_at: finishedAt ?? sql<Date>`now()`,
        updated_at: sql<Date>`now()`,
      })
      .where("id", "=", executionId)
      .where("generation", "=", ending.generation)
      .where("seq", "=", ending.seq)
      .where("state", "not in", [...TERMINAL_STATES])
      .executeTakeFirst();
    if (result.numUpdatedRows > 0n) await noteEnded(transaction, executionId);
    await sql`
      DELETE FROM queue WHERE execution_id = ${executionId} AND EXISTS (
        SELECT FROM executions WHERE id = ${executionId} AND state = ANY(${[...TERMINAL_STATES]}))
    `.execute(transaction);
    return result.numUpdatedRows > 0n;
  });
}

interface ScanOptions {
  limit: number;
  dryRun: boolean;
}

/** Queue rows, not started, of executions that have ended: takes them away. Looks at the oldest rows. */
export async function removeEndedRows(db: Db, { limit, dryRun }: ScanOptions): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT q.execution_id AS id FROM (SELECT execution_id FROM queue WHERE status IN (0, 1, 3)
      ORDER BY execution_id LIMIT ${limit}) AS q
    CROSS JOIN LATERAL (SELECT state FROM executions WHERE id = q.execution_id LIMIT 1) AS e
    WHERE e.state = ANY(${[...TERMINAL_STATES]})
  `.execute(db);
  const ids = rows.map((row) => row.id);
  if (ids.length > 0 && !dryRun)
    await sql`
      DELETE FROM queue WHERE execution_id = ANY(${ids}::uuid[]) AND status IN (0, 1, 3)
        AND EXISTS (SELECT FROM executions WHERE id = execution_id AND state = ANY(${[...TERMINAL_STATES]}))
    `.execute(db);
  return ids;
}

export interface MissingRowsPage {
  looked: number;
  executionIds: string[];
  /** Where the next page begins; undefined: this was the last one. */
  next: string | undefined;
}

/**
 * Walks executions in the order of their ids and gives those without a final state that have no queue row. What is
 * younger than `youngestMs` is left alone.
 */
export async function listWithoutQueueRow(
  db: Db,
  options: { after: string; limit: number; untilMs: number },
): Promise<MissingRowsPage> {
  const { rows } = await sql<{ id: string; missing: boolean }>`
    SELECT e.id, e.state <> ALL(${[...TERMINAL_STATES]})
      AND NOT EXISTS (SELECT FROM queue WHERE execution_id = e.id) AS missing
    FROM executions AS e
    WHERE e.id > ${options.after} AND e.id < ${smallestIdAt(options.untilMs)}
    ORDER BY e.id LIMIT ${options.limit}
  `.execute(db);
  return {
    looked: rows.length,
    executionIds: rows.filter((row) => row.missing).map((row) => row.id),
    next: rows.length < options.limit ? undefined : rows.at(-1)?.id,
  };
}

/**
 * Puts an execution's queue row back as its state asks for: ready, held, or started, for the next comparison with its
 * history. False when it has ended or has one after all.
 */
export async function restoreQueueRow(db: Db, executionId: string): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .selectFrom("executions")
      .selectAll()
      .where("id", "=", executionId)
      .where("state", "not in", [...TERMINAL_STATES])
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return false;
    const isStarted = row.state === "running" || row.state === "waiting";
    const unstarted = row.state === "held" ? QUEUE_STATUS.held : QUEUE_STATUS.ready;
    const result = await transaction
      .insertInto("queue")
      .values({
        ...queuePlaceOf(row),
        status: isStarted ? QUEUE_STATUS.started : unstarted,
        started_at: isStarted ? row.started_at : null,
      })
      .onConflict((conflict) => conflict.column("execution_id").doNothing())
      .executeTakeFirst();
    return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
  });
}
