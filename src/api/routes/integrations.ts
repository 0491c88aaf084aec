import { idParams, pageOf, pageQuery } from "#contract/api/fields.ts";
import {
  type Integration,
  integrationSchema,
  integrationsQuery,
  type Version,
  versionParams,
  versionSchema,
} from "#contract/api/integrations.ts";
import { findIntegration, type IntegrationRow, listIntegrations } from "#db/integrations.ts";
import { findVersionByNumber, listVersions, type VersionRow } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { notFound, orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/integrations",
  summary: "List integrations, newest first",
  request: { query: integrationsQuery },
  responses: { 200: json(pageOf(integrationSchema), "A page") },
});
const get = defineRoute({
  method: "get",
  path: "/integrations/{id}",
  summary: "Get an integration",
  request: { params: idParams },
  responses: { 200: json(integrationSchema, "The integration") },
});
const versions = defineRoute({
  method: "get",
  path: "/integrations/{id}/versions",
  summary: "List an integration's versions, newest first",
  request: { params: idParams, query: pageQuery },
  responses: { 200: json(pageOf(versionSchema), "A page") },
});
const version = defineRoute({
  method: "get",
  path: "/integrations/{id}/versions/{number}",
  summary: "Get a version by its number",
  request: { params: versionParams },
  responses: { 200: json(versionSchema, "The version") },
});

export function integrationsRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(list, async (context) => {
      const { organizationId } = context.var.actor;
      const { items, nextCursor } = await listIntegrations(db, organizationId, context.req.valid("query"));
      return context.json({ items: items.map(toIntegration), nextCursor }, 200);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const row = await findIntegration(db, context.var.actor.organizationId, id);
      return context.json(toIntegration(orNotFound(row, "integration", id)), 200);
    });
    api.openapi(versions, async (context) => {
      const { id: integrationId } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      orNotFound(await findIntegration(db, organizationId, integrationId), "integration", integrationId);
      const page = await listVersions(db, { organizationId, integrationId }, context.req.valid("query"));
      return context.json({ items: page.items.map(toVersion), nextCursor: page.nextCursor }, 200);
    });
    api.openapi(version, async (context) => {
      const { id, number } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const row = await findVersionByNumber(db, { organizationId, integrationId: id, number });
      if (row === undefined)
        throw notFound(
          "version",
          `${number} of integration ${id}`,
          `GET /api/v1/integrations/${id}/versions`,
        );
      return context.json(toVersion(row), 200);
    });
  };
}

export function toIntegration(row: IntegrationRow): Integration {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

export function toVersion(row: VersionRow): Version {
  return { ...row, definition: { ...row.definition }, createdAt: row.createdAt.toISOString() };
}
