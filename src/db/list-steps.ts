import { sql } from "kysely";
import type { Db } from "./connect.ts";
import type { Database } from "./schema.ts";
import type { Selectable } from "kysely";

type StepResult = Selectable<Database["step_results"]>;

/** One try of one step, as stored, with its output left out above a size. */
export interface StepAttemptRow extends Omit<StepResult, "output" | "execution_id" | "seq" | "committed_at"> {
  output: string | null;
}

/** In the order in which they were written. */
export function listStepAttempts(
  db: Db,
  executionId: string,
  options: { outputCharacters: number },
): Promise<StepAttemptRow[]> {
  return db
    .selectFrom("step_results")
    .select([
      "path",
      "generation",
      "attempt",
      "step_attempt",
      "outcome",
      sql<string | null>`CASE WHEN output_characters <= ${options.outputCharacters} THEN output END`.as(
        "output",
      ),
      "output_characters",
      "error",
      "fetches",
      "accesses",
      "logs_dropped",
      "started_at",
      "wait_ms",
      "run_ms",
      "cpu_ms",
      "peak_heap_mb",
    ])
    .where("execution_id", "=", executionId)
    .orderBy("generation")
    .orderBy("seq")
    .orderBy("attempt")
    .orderBy("step_attempt")
    .execute();
}

/**
 * Results that a resumed execution keeps: of each path its last success, copied as `kept`. Nothing runs them again.
 * Returns the paths that were copied.
 */
export async function copyStepResults(
  transaction: Db,
  copy: { from: string; to: string; paths: readonly string[] },
): Promise<string[]> {
  const { rows } = await sql<{ path: string }>`
    INSERT INTO step_results (execution_id, path, generation, attempt, step_attempt, seq, outcome, output,
      output_characters, started_at, wait_ms, run_ms, cpu_ms, peak_heap_mb)
    SELECT DISTINCT ON (path) ${copy.to}::uuid, path, 1, 1, 1, 0, 'kept', output, output_characters, started_at, wait_ms, run_ms,
      cpu_ms, peak_heap_mb
    FROM step_results
    WHERE execution_id = ${copy.from} AND path = ANY(${[...copy.paths]}::text[]) AND outcome IN ('ok', 'kept')
    ORDER BY path, generation DESC, attempt DESC, step_attempt DESC
    RETURNING path
  `.execute(transaction);
  return rows.map((row) => row.path);
}
