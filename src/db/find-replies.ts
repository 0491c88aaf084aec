import { sql } from "kysely";
import type { ExecutionState } from "#contract/states.ts";
import type { Db } from "./connect.ts";

export interface AskedReply {
  executionId: string;
  /** Of the step whose output is the reply. */
  path: string;
}

export interface FoundReply extends AskedReply {
  state: ExecutionState;
  /** JSON text of the step's first result; null while it has none. */
  output: string | null;
}

/** Where executions stand, and what their answering steps returned first. What is not kept any more is left out. */
export async function findReplies(db: Db, asked: readonly AskedReply[]): Promise<FoundReply[]> {
  const ids = asked.map(({ executionId }) => executionId);
  const { rows } = await sql<FoundReply>`
    SELECT given.id AS "executionId", given.path, executions.state, result.output
    FROM unnest(${ids}::uuid[], ${asked.map(({ path }) => path)}::text[]) AS given (id, path)
    JOIN executions ON executions.id = given.id AND executions.id = ANY(${ids}::uuid[])
    LEFT JOIN LATERAL (
      SELECT output FROM step_results
      WHERE execution_id = given.id AND execution_id = ANY(${ids}::uuid[])
        AND step_results.path = given.path AND outcome IN ('ok', 'kept')
      ORDER BY generation, seq, step_attempt LIMIT 1
    ) AS result ON true
  `.execute(db);
  return rows;
}
