import { sql } from "kysely";
import { smallestIdAt } from "#contract/ids.ts";
import { SEVERITIES, type Severity } from "#contract/logs.ts";
import type { Db } from "./connect.ts";
import type { LogPosition, LogRow } from "./list-logs.ts";
import { containing } from "./page.ts";

export interface FoundLogRow extends LogRow {
  executionId: string;
  instanceId: string;
  customerId: string;
  flowKey: string;
}

export interface LogSearch {
  after?: (LogPosition & { executionId: string }) | undefined;
  limit: number;
  /** This and above. */
  severity?: Severity | undefined;
  text?: string | undefined;
  instance?: string | undefined;
  customer?: string | undefined;
  execution?: string | undefined;
  /** Bounds of the executions' receipt. */
  fromMs: number;
  toMs: number;
}

/**
 * Lines over all executions, the newest execution first and its last line first. Executions are walked by their indexes
 * and each one's lines are read by their key, so what is read ends with the page or with `fromMs`.
 */
export async function searchLogs(db: Db, organizationId: string, search: LogSearch): Promise<FoundLogRow[]> {
  const { after, limit, severity, text, instance, customer, execution } = search;
  const executions = [
    sql`organization_id = ${organizationId}`,
    sql`id >= ${smallestIdAt(search.fromMs)}`,
    sql`id < ${smallestIdAt(search.toMs)}`,
    ...(instance === undefined ? [] : [sql`instance_id = ${instance}`]),
    ...(customer === undefined ? [] : [sql`customer_id = ${customer}`]),
    ...(execution === undefined ? [] : [sql`id = ${execution}`]),
    ...(after === undefined ? [] : [sql`id <= ${after.executionId}`]),
  ];
  const lines = [
    sql`execution_id = e.id`,
    ...(severity === undefined ? [] : [sql`severity >= ${SEVERITIES.indexOf(severity)}`]),
    ...(text === undefined ? [] : [sql`message ILIKE ${containing(text)}`]),
    ...(after === undefined
      ? []
      : [
          sql`(execution_id, at, generation, attempt, step_attempt, path, line) < (${after.executionId}::uuid,
            ${after.at}::timestamptz, ${after.generation}::smallint, ${after.attempt}::smallint,
            ${after.stepAttempt}::smallint, ${after.path}, ${after.line}::int)`,
        ]),
  ];
  const { rows } = await sql<Omit<FoundLogRow, "severity"> & { severity: number }>`
    SELECT e.id AS "executionId", e.instance_id AS "instanceId", e.customer_id AS "customerId",
      e.flow_key AS "flowKey", l.generation, l.attempt, l.step_attempt AS "stepAttempt", l.path, l.line, l.at, l.severity, l.message
    FROM (SELECT id, instance_id, customer_id, flow_key FROM executions
      WHERE ${sql.join(executions, sql` AND `)} ORDER BY id DESC) AS e
    CROSS JOIN LATERAL (SELECT * FROM logs WHERE ${sql.join(lines, sql` AND `)}) AS l
    ORDER BY e.id DESC, l.at DESC, l.generation DESC, l.attempt DESC, l.step_attempt DESC, l.path DESC, l.line DESC
    LIMIT ${limit}`.execute(db);
  return rows.map((row) => ({ ...row, severity: SEVERITIES[row.severity] ?? "info" }));
}
