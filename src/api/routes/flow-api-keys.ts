import {
  type ApiKey,
  apiKeyParams,
  apiKeySchema,
  createApiKeyBody,
  createdApiKeySchema,
  listOf,
} from "#contract/api/flows.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import {
  type FlowApiKeyRow,
  insertFlowApiKey,
  listFlowApiKeys,
  revokeFlowApiKey,
} from "#db/flow-api-keys.ts";
import { findFlow } from "#db/flows.ts";
import { generateApiKey } from "#vault/generate-token.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { flowNotFound, notFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/flows/{id}/api-keys",
  summary: "List the API keys that senders may use at a flow's endpoint",
  request: { params: idParams },
  responses: { 200: json(listOf(apiKeySchema), "Those in force, oldest first") },
});
const create = defineRoute({
  method: "post",
  path: "/flows/{id}/api-keys",
  summary: "Add an API key, generated or your own; it is shown once",
  request: { params: idParams, body: jsonBody(createApiKeyBody) },
  responses: { 201: json(createdApiKeySchema, "The new key") },
});
const revoke = defineRoute({
  method: "delete",
  path: "/flows/{id}/api-keys/{keyId}",
  summary: "Revoke an API key; refused on every api process within a second",
  request: { params: apiKeyParams },
  responses: { 204: { description: "Revoked" } },
});

const HINT_CHARACTERS = 4;

export function flowApiKeysRoutes({ db, vault }: Pick<ApiParts, "db" | "vault">): RouteModule {
  const assertFlow = async (organizationId: string, id: string): Promise<void> => {
    if ((await findFlow(db, organizationId, id)) === undefined) throw flowNotFound(id);
  };
  return (api) => {
    api.openapi(list, async (context) => {
      const { id } = context.req.valid("param");
      await assertFlow(context.var.actor.organizationId, id);
      const rows = await listFlowApiKeys(db, id);
      return context.json({ items: rows.map(toApiKey) }, 200);
    });
    api.openapi(create, async (context) => {
      const { id: flowId } = context.req.valid("param");
      const { name, apiKey = generateApiKey() } = context.req.valid("json");
      const { organizationId, userId: createdBy } = context.var.actor;
      await assertFlow(organizationId, flowId);
      const hash = vault.hashApiKey(apiKey);
      const row = { organizationId, flowId, name, hash, hint: apiKey.slice(-HINT_CHARACTERS), createdBy };
      const id = await db.transaction().execute(async (transaction) => {
        const made = await insertFlowApiKey(transaction, row, LIMITS.apiKeysPerFlow);
        if (made === undefined) throw tooMany(flowId);
        await recordEndpointChange(transaction, [flowId]);
        return made;
      });
      return context.json({ id, name, apiKey }, 201);
    });
    api.openapi(revoke, async (context) => {
      const { id: flowId, keyId: id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      await assertFlow(organizationId, flowId);
      await db.transaction().execute(async (transaction) => {
        const revoked = await revokeFlowApiKey(transaction, { organizationId, flowId, id });
        if (!revoked) throw notFound("API key", id, `GET /api/v1/flows/${flowId}/api-keys`);
        await recordEndpointChange(transaction, [flowId]);
      });
      return context.body(null, 204);
    });
  };
}

function tooMany(flowId: string): EngineError {
  return new EngineError(
    "request/conflict",
    `Flow ${flowId} has ${LIMITS.apiKeysPerFlow} API keys, the most there may be; revoke one first`,
  );
}

function toApiKey(row: FlowApiKeyRow): ApiKey {
  return {
    ...row,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
