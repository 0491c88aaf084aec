import { type Approval, approvalSchema, approveBody } from "#contract/api/approvals.ts";
import { idParams, pageOf, pageQuery } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import type { InstanceRow } from "#db/instances.ts";
import { findInstance } from "#db/instances.ts";
import { type ApprovalRow, insertApproval, listApprovals } from "#db/permission-approvals.ts";
import { findVersionByNumber } from "#db/versions.ts";
import type { Db } from "#db/connect.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import { findUngranted } from "#deploy/assert-approved.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { notFound, orNotFound } from "../not-found.ts";

const approve = defineRoute({
  method: "post",
  path: "/instances/{id}/approve",
  summary: "Approve that an instance may get what a version allows beyond what it has",
  request: { params: idParams, body: jsonBody(approveBody) },
  responses: { 201: json(approvalSchema, "What was approved: deploy the version now") },
});
const list = defineRoute({
  method: "get",
  path: "/instances/{id}/approvals",
  summary: "List what was approved for an instance, newest first",
  request: { params: idParams, query: pageQuery },
  responses: { 200: json(pageOf(approvalSchema), "A page") },
});

export function approvalsRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(approve, async (context) => {
      const { id } = context.req.valid("param");
      const { version: number, note } = context.req.valid("json");
      const { organizationId, userId: approvedBy } = context.var.actor;
      const row = await changeInstance(db, { organizationId, id }, async (transaction, instance) => {
        const version = await getVersion(transaction, organizationId, { instance, number });
        const { permissions } = version.definition;
        const widens = await findUngranted(transaction, organizationId, { instance, permissions });
        if (widens.length === 0)
          throw new EngineError(
            "request/conflict",
            `Version ${version.number} allows instance ${id} nothing that it does not have; deploy it without approval`,
          );
        const approval = { organizationId, instanceId: id, versionId: version.id, widens, note, approvedBy };
        return insertApproval(transaction, approval);
      });
      return context.json(toApproval(row), 201);
    });
    api.openapi(list, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      orNotFound(await findInstance(db, organizationId, id), "instance", id);
      const page = await listApprovals(db, { organizationId, instanceId: id }, context.req.valid("query"));
      return context.json({ items: page.items.map(toApproval), nextCursor: page.nextCursor }, 200);
    });
  };
}

async function getVersion(
  db: Db,
  organizationId: string,
  { instance, number = instance.version }: { instance: InstanceRow; number: number | undefined },
) {
  const { integrationId } = instance;
  const version = await findVersionByNumber(db, { organizationId, integrationId, number });
  if (version !== undefined) return version;
  const where = `GET /api/v1/integrations/${integrationId}/versions`;
  throw notFound("version", `${number} of integration ${integrationId}`, where);
}

function toApproval(row: ApprovalRow): Approval {
  return { ...row, approvedAt: row.approvedAt.toISOString() };
}
