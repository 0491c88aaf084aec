import { z } from "zod";
import { pageOf } from "#contract/api/fields.ts";
import { type FoundLogLine, foundLogLineSchema, logSearchQuery } from "#contract/api/logs.ts";
import { LIMITS } from "#contract/limits.ts";
import { type FoundLogRow, searchLogs } from "#db/search-logs.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { formatCursor, parseCursor } from "../cursor.ts";
import { defineRoute, json } from "../define-route.ts";
import { logPositionSchema } from "./execution-logs.ts";

const search = defineRoute({
  method: "get",
  path: "/logs",
  summary: "Search what steps have logged, the newest execution first",
  request: { query: logSearchQuery },
  responses: { 200: json(pageOf(foundLogLineSchema), "A page") },
});

const positionSchema = z.tuple([z.uuid(), ...logPositionSchema.def.items]);

export function logsRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(search, async (context) => {
      const { cursor, limit, from, to, ...filter } = context.req.valid("query");
      const toMs = to === undefined ? Date.now() + 1 : Date.parse(to);
      const rows = await searchLogs(db, context.var.actor.organizationId, {
        ...filter,
        after: cursor === undefined ? undefined : toPosition(cursor),
        limit: limit + 1,
        toMs,
        fromMs: from === undefined ? toMs - LIMITS.logSearchMs : Date.parse(from),
      });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const nextCursor = last === undefined ? null : toCursor(last);
      return context.json({ items: rows.slice(0, limit).map(toLine), nextCursor }, 200);
    });
  };
}

function toLine(row: FoundLogRow): FoundLogLine {
  const { executionId, instanceId, customerId, flowKey, severity, path, attempt, stepAttempt } = row;
  const owner = { executionId, instanceId, customerId, flowKey };
  const { at, line, message } = row;
  return { ...owner, at: at.toISOString(), severity, path, attempt, stepAttempt, line, message };
}

function toCursor({ executionId, at, generation, attempt, stepAttempt, path, line }: FoundLogRow): string {
  return formatCursor([executionId, at.toISOString(), generation, attempt, stepAttempt, path, line]);
}

function toPosition(cursor: string) {
  const position = parseCursor(cursor, positionSchema);
  const [executionId, at, generation, attempt, stepAttempt, path, line] = position;
  return { executionId, at, generation, attempt, stepAttempt, path, line };
}
