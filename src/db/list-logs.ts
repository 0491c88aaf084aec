import { sql } from "kysely";
import { SEVERITIES, type Severity } from "#contract/logs.ts";
import type { Db } from "./connect.ts";
import { containing } from "./page.ts";

export interface LogRow {
  generation: number;
  attempt: number;
  stepAttempt: number;
  path: string;
  line: number;
  at: Date;
  severity: Severity;
  message: string;
}

/** Where a reader of an execution's log stands: behind this line. */
export interface LogPosition {
  at: string;
  generation: number;
  attempt: number;
  stepAttempt: number;
  path: string;
  line: number;
}

export interface LogFilter {
  after?: LogPosition | undefined;
  limit: number;
  /** This and above. */
  severity?: Severity | undefined;
  text?: string | undefined;
}

/** An execution's lines, oldest first. Lines of one time are told apart by their key. */
export async function listLogs(db: Db, executionId: string, filter: LogFilter): Promise<LogRow[]> {
  const { after, limit, severity, text } = filter;
  let query = db
    .selectFrom("logs")
    .select([
      "generation",
      "attempt",
      "step_attempt as stepAttempt",
      "path",
      "line",
      "at",
      "severity",
      "message",
    ])
    .where("execution_id", "=", executionId);
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(at, generation, attempt, step_attempt, path, line) > (${after.at}::timestamptz,
        ${after.generation}::smallint, ${after.attempt}::smallint, ${after.stepAttempt}::smallint, ${after.path}, ${after.line}::int)`,
    );
  if (severity !== undefined) query = query.where("severity", ">=", SEVERITIES.indexOf(severity));
  if (text !== undefined) query = query.where("message", "ilike", containing(text));
  const rows = await query
    .orderBy("at")
    .orderBy("generation")
    .orderBy("attempt")
    .orderBy("step_attempt")
    .orderBy("path")
    .orderBy("line")
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...row, severity: SEVERITIES[row.severity] ?? "info" }));
}
