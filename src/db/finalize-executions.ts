import { sql } from "kysely";
import type { ExecutionState, FailureRecord } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import type { ProgressMark } from "./execution-progress.ts";
import { NOTE_ENDED } from "./failing-instances.ts";
import { storableJson } from "./storable-text.ts";

export interface Ending extends ProgressMark {
  state: Extract<ExecutionState, "succeeded" | "failed" | "cancelled">;
  error: FailureRecord | undefined;
}

export interface EndingOutcome {
  /** Whether this call ended it; else it had ended before, or a newer generation goes on. */
  applied: boolean;
  /** As the row stands now; undefined where retention has taken it. */
  state: ExecutionState | undefined;
  generation: number | undefined;
}

/**
 * Writes final states and takes the queue rows away, in one statement, which is its own transaction. Executions are
 * locked before queue rows and in the order of their ids, like everywhere (`queue.ts`).
 *
 * 1. A terminal row stays as it is; its queue row goes all the same.
 * 2. A row of a newer generation keeps everything.
 */
export async function finalizeExecutions(db: Db, endings: Ending[]): Promise<EndingOutcome[]> {
  const ids = endings.map((ending) => ending.executionId);
  const { rows } = await sql<{ id: string; generation: number; state: ExecutionState; applied: boolean }>`
    WITH given AS (
      SELECT * FROM unnest(${ids}::uuid[], ${endings.map((each) => each.generation)}::int[],
        ${endings.map((each) => each.attempt)}::int[], ${endings.map((each) => each.seq)}::int[],
        ${endings.map((each) => each.runId)}::text[], ${endings.map((each) => each.state)}::text[],
        ${endings.map((each) => storableJson(each.error))}::text[])
        AS given (id, generation, attempt, seq, run_id, state, error)
    ), locked AS MATERIALIZED (
      SELECT id, generation, state FROM executions WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ), ended AS (
      UPDATE executions AS e SET state = given.state, attempt = given.attempt, seq = given.seq,
        run_id = given.run_id, error = given.error::jsonb, waiting_reason = NULL, waiting_detail = NULL,
        waiting_until = NULL, started_at = coalesce(e.started_at, now()), finished_at = now(), updated_at = now()
      FROM locked JOIN given USING (id, generation)
      WHERE e.id = ANY(${ids}::uuid[]) AND e.id = locked.id AND e.seq <= given.seq
        AND locked.state IN ('queued', 'running', 'waiting')
      RETURNING e.id, e.state, e.instance_id, e.organization_id, e.is_test
    ), ${NOTE_ENDED}, left_queue AS (
      DELETE FROM queue USING locked JOIN given USING (id, generation), (SELECT count(*) FROM ended) AS executions_first
      WHERE queue.execution_id = locked.id
    )
    SELECT locked.id, locked.generation, coalesce(ended.state, locked.state) AS state,
      ended.id IS NOT NULL AS applied
    FROM locked LEFT JOIN ended USING (id)
  `.execute(db);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return endings.map(({ executionId }) => {
    const row = byId.get(executionId);
    return { applied: row?.applied ?? false, state: row?.state, generation: row?.generation };
  });
}
