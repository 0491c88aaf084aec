import { z } from "zod";
import { auditPageSchema, auditQuery } from "#contract/api/audit.ts";
import { idParams } from "#contract/api/fields.ts";
import { type AccessRow, countDroppedAccesses, listAccesses } from "#db/list-accesses.ts";
import { findExecution } from "#db/list-executions.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { formatCursor, parseCursor } from "../cursor.ts";
import { defineRoute, json } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const audit = defineRoute({
  method: "get",
  path: "/executions/{id}/audit",
  summary: "List what an execution's steps accessed or were refused",
  request: { params: idParams, query: auditQuery },
  responses: { 200: json(auditPageSchema, "Accesses in the order in which the steps ended") },
});

const positionSchema = z.tuple([z.int().min(0).max(10_000_000)]);

export function executionAuditRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(audit, async (context) => {
      const { id } = context.req.valid("param");
      const { cursor, limit, granted } = context.req.valid("query");
      const { organizationId } = context.var.actor;
      orNotFound(await findExecution(db, organizationId, id), "execution", id);
      const [offset] = cursor === undefined ? [0] : parseCursor(cursor, positionSchema);
      const rows = await listAccesses(db, id, { offset, limit: limit + 1, granted });
      const nextCursor = rows.length > limit ? formatCursor([offset + limit]) : null;
      const dropped = await countDroppedAccesses(db, id);
      const items = rows.slice(0, limit).map(toAccess);
      return context.json({ organizationId, items, nextCursor, dropped }, 200);
    });
  };
}

function toAccess({ atMs, address, reason, ...row }: AccessRow) {
  return { at: new Date(atMs).toISOString(), ...row, address: address ?? null, reason: reason ?? null };
}
