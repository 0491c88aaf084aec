import { z } from "zod";
import { logsPageSchema, logsQuery } from "#contract/api/executions.ts";
import { idParams, storable } from "#contract/api/fields.ts";
import { findExecution } from "#db/list-executions.ts";
import { listLogs, type LogPosition, type LogRow } from "#db/list-logs.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { formatCursor, parseCursor } from "../cursor.ts";
import { defineRoute, json } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const logs = defineRoute({
  method: "get",
  path: "/executions/{id}/logs",
  summary: "Read an execution's log, oldest first; ask again with nextCursor to follow it",
  request: { params: idParams, query: logsQuery },
  responses: { 200: json(logsPageSchema, "Lines behind the cursor") },
});

const smallint = z.int().min(0).max(32_767);
/** Of a line within its execution. */
export const logPositionSchema = z.tuple([
  z.iso.datetime(),
  smallint,
  smallint,
  smallint,
  storable.max(1_000),
  z.int32(),
]);

export function executionLogsRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(logs, async (context) => {
      const { id } = context.req.valid("param");
      const { cursor, ...filter } = context.req.valid("query");
      orNotFound(await findExecution(db, context.var.actor.organizationId, id), "execution", id);
      const after = cursor === undefined ? undefined : toPosition(cursor);
      const rows = await listLogs(db, id, { ...filter, after });
      const last = rows.at(-1);
      const nextCursor = last === undefined ? (cursor ?? null) : toCursor(last);
      const items = rows.map(({ at, severity, path, attempt, stepAttempt, line, message }) => ({
        at: at.toISOString(),
        severity,
        path,
        attempt,
        stepAttempt,
        line,
        message,
      }));
      return context.json({ items, nextCursor }, 200);
    });
  };
}

function toCursor(row: LogRow): string {
  return formatCursor([
    row.at.toISOString(),
    row.generation,
    row.attempt,
    row.stepAttempt,
    row.path,
    row.line,
  ]);
}

function toPosition(cursor: string): LogPosition {
  const [at, generation, attempt, stepAttempt, path, line] = parseCursor(cursor, logPositionSchema);
  return { at, generation, attempt, stepAttempt, path, line };
}
