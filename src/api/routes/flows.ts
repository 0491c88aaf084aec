import {
  type EndpointRequest,
  endpointRequestSchema,
  endpointRequestsQuery,
  type Flow,
  flowSchema,
  listOf,
  signingSecretBody,
} from "#contract/api/flows.ts";
import { idParams } from "#contract/api/fields.ts";
import type { Db } from "#db/connect.ts";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { findFlow, type FlowRow, listFlows, updateSigningSecret } from "#db/flows.ts";
import { findInstance } from "#db/instances.ts";
import { listAcceptedRequests, listRefusedRequests } from "#db/refused-requests.ts";
import { findSchedule, listSchedules, type ScheduleRow } from "#db/schedules.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { flowNotFound, orNotFound } from "../not-found.ts";
import { toScheduleSummary } from "../schedule-answer.ts";

const list = defineRoute({
  method: "get",
  path: "/instances/{id}/flows",
  summary: "List the flows of a deployed instance, with their webhook URLs",
  request: { params: idParams },
  responses: { 200: json(listOf(flowSchema), "All flows, by key") },
});
const get = defineRoute({
  method: "get",
  path: "/flows/{id}",
  summary: "Show a flow, with its webhook URL and how its requests are verified",
  request: { params: idParams },
  responses: { 200: json(flowSchema, "The flow") },
});
const signingSecret = defineRoute({
  method: "put",
  path: "/flows/{id}/signing-secret",
  summary: "Set the secret that senders sign with; it is never read back",
  request: { params: idParams, body: jsonBody(signingSecretBody) },
  responses: { 204: { description: "Set; in force on every api process within a second" } },
});
const requests = defineRoute({
  method: "get",
  path: "/flows/{id}/requests",
  summary: "List the last requests to the endpoint, those refused among them, each with its reason",
  request: { params: idParams, query: endpointRequestsQuery },
  responses: { 200: json(listOf(endpointRequestSchema), "Newest first") },
});

export function flowsRoutes(parts: Pick<ApiParts, "db" | "vault" | "links">): RouteModule {
  const { db, vault, links } = parts;
  return (api) => {
    api.openapi(list, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      orNotFound(await findInstance(db, organizationId, id), "instance", id);
      const [rows, schedules] = await Promise.all([listFlows(db, organizationId, id), listSchedules(db, id)]);
      const items = rows.map((row) =>
        toFlow(row, {
          publicUrl: links.publicUrl,
          schedule: schedules.find((schedule) => schedule.flow_id === row.id),
        }),
      );
      return context.json({ items }, 200);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const row = await findFlow(db, context.var.actor.organizationId, id);
      if (row === undefined) throw flowNotFound(id);
      const schedule = await findSchedule(db, id);
      return context.json(toFlow(row, { publicUrl: links.publicUrl, schedule }), 200);
    });
    api.openapi(signingSecret, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      if ((await findFlow(db, organizationId, id)) === undefined) throw flowNotFound(id);
      const secret = Buffer.from(context.req.valid("json").secret);
      const sealed = await vault.seal({ organizationId, purpose: "signing-secret", rowId: id }, secret);
      await db.transaction().execute(async (transaction) => {
        await updateSigningSecret(transaction, id, sealed);
        await recordEndpointChange(transaction, [id]);
      });
      return context.body(null, 204);
    });
    api.openapi(requests, async (context) => {
      const { id } = context.req.valid("param");
      const flow = await findFlow(db, context.var.actor.organizationId, id);
      if (flow === undefined) throw flowNotFound(id);
      return context.json({ items: await listRequests(db, flow, context.req.valid("query")) }, 200);
    });
  };
}

async function listRequests(
  db: Db,
  flow: FlowRow,
  { only, limit }: { only?: "accepted" | "refused" | undefined; limit: number },
): Promise<EndpointRequest[]> {
  const [accepted, refused] = await Promise.all([
    only === "refused" ? [] : listAcceptedRequests(db, flow, limit),
    only === "accepted" ? [] : listRefusedRequests(db, flow.id),
  ]);
  return [...accepted, ...refused.map((row) => ({ ...row, executionId: null }))]
    .toSorted((one, other) => other.at.getTime() - one.at.getTime())
    .slice(0, limit)
    .map((row) => ({ ...row, at: row.at.toISOString() }));
}

function toFlow(
  row: FlowRow,
  { publicUrl, schedule }: { publicUrl: string; schedule: ScheduleRow | undefined },
): Flow {
  const trigger = row.definition?.trigger;
  const webhook = trigger?.type === "webhook" ? trigger : undefined;
  return {
    id: row.id,
    key: row.key,
    name: row.definition?.name ?? row.key,
    instanceId: row.instanceId,
    webhookUrl: `${publicUrl}/hooks/${row.endpointToken}`,
    trigger: trigger ?? { type: "none" },
    schedule: trigger?.type === "schedule" ? toScheduleSummary(schedule) : null,
    security: {
      apiKeys: webhook?.apiKeys ?? "none",
      activeApiKeys: row.activeApiKeys,
      signature: webhook?.signature?.type ?? null,
      signingSecret: signingSecretState(row),
    },
    removed: row.removedAt !== null,
    createdAt: row.createdAt.toISOString(),
  };
}

function signingSecretState({ definition, hasSigningSecret }: FlowRow): Flow["security"]["signingSecret"] {
  if (hasSigningSecret) return "set";
  const trigger = definition?.trigger;
  return trigger?.type === "webhook" && trigger.signature !== undefined ? "missing" : "not-needed";
}
