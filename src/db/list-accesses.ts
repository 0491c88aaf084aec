import { sql } from "kysely";
import type { AccessRecord } from "#contract/permissions.ts";
import type { Db } from "./connect.ts";

export interface AccessRow extends AccessRecord {
  path: string;
  generation: number;
  attempt: number;
  stepAttempt: number;
}

/** What an execution's steps accessed or were refused, in the order in which the steps ended. */
export async function listAccesses(
  db: Db,
  executionId: string,
  { offset, limit, granted }: { offset: number; limit: number; granted: boolean | undefined },
): Promise<AccessRow[]> {
  const { rows } = await sql<Omit<AccessRow, keyof AccessRecord> & { record: AccessRecord }>`
    SELECT s.path, s.generation, s.attempt, s.step_attempt AS "stepAttempt", each.record
    FROM step_results AS s, jsonb_array_elements(s.accesses -> 'records') WITH ORDINALITY AS each (record, position)
    WHERE s.execution_id = ${executionId}
      AND (${granted ?? null}::boolean IS NULL OR (each.record ->> 'granted')::boolean = ${granted ?? null}::boolean)
    ORDER BY s.generation, s.seq, s.attempt, s.step_attempt, each.position
    OFFSET ${offset} LIMIT ${limit}
  `.execute(db);
  return rows.map(({ record, ...row }) => ({ ...row, ...record }));
}

/** Accesses beyond those that are kept for each try of a step. */
export async function countDroppedAccesses(db: Db, executionId: string): Promise<number> {
  const row = await db
    .selectFrom("step_results")
    .select(sql<number>`coalesce(sum((accesses ->> 'dropped')::integer), 0)::integer`.as("dropped"))
    .where("execution_id", "=", executionId)
    .executeTakeFirstOrThrow();
  return row.dropped;
}
