import { idParams, ifMatchHeader, pageOf, pageQuery } from "#contract/api/fields.ts";
import {
  configSchemaQuery,
  configSchemaSchema,
  type Integration,
  integrationSchema,
  integrationsQuery,
  updateIntegrationBody,
  type Version,
  versionParams,
  versionSchema,
  withdrawBody,
} from "#contract/api/integrations.ts";
import { changedMeanwhile } from "#contract/changed-meanwhile.ts";
import { configSchemaOf } from "#contract/config-schema.ts";
import type { Db } from "#db/connect.ts";
import {
  findIntegration,
  type IntegrationRow,
  listIntegrations,
  updateIntegration,
} from "#db/integrations.ts";
import { findVersionByNumber, listVersions, updateWithdrawal, type VersionRow } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { editOf, setEtag } from "../etag.ts";
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
const update = defineRoute({
  method: "patch",
  path: "/integrations/{id}",
  summary: "Change what is kept beside an integration's versions: category, icon, documentation",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(updateIntegrationBody) },
  responses: { 200: json(integrationSchema, "The changed integration") },
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
const configSchema = defineRoute({
  method: "get",
  path: "/integrations/{id}/versions/{number}/config-schema",
  summary: "Get the config values of a version as a JSON Schema, with hints for a form",
  request: { params: versionParams, query: configSchemaQuery },
  responses: { 200: json(configSchemaSchema, "The schema") },
});
const withdraw = defineRoute({
  method: "post",
  path: "/integrations/{id}/versions/{number}/withdraw",
  summary: "Withdraw a version: no instance takes it any more, those that run it keep it",
  request: { params: versionParams, body: jsonBody(withdrawBody) },
  responses: { 200: json(versionSchema, "The withdrawn version") },
});
const restore = defineRoute({
  method: "post",
  path: "/integrations/{id}/versions/{number}/restore",
  summary: "Let instances take a version again that was withdrawn",
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
      const row = orNotFound(
        await findIntegration(db, context.var.actor.organizationId, id),
        "integration",
        id,
      );
      setEtag(context, row.edit);
      return context.json(toIntegration(row), 200);
    });
    api.openapi(update, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const edit = editOf(context.req.valid("header")["if-match"]);
      const isChanged = await updateIntegration(db, { organizationId, id, edit }, context.req.valid("json"));
      const row = orNotFound(await findIntegration(db, organizationId, id), "integration", id);
      if (!isChanged)
        throw changedMeanwhile(`Integration ${id}`, { stored: row.edit, given: edit ?? row.edit });
      setEtag(context, row.edit);
      return context.json(toIntegration(row), 200);
    });
    addVersions(api, db);
  };
}

function addVersions(api: Parameters<RouteModule>[0], db: Db): void {
  api.openapi(versions, async (context) => {
    const { id: integrationId } = context.req.valid("param");
    const { organizationId } = context.var.actor;
    orNotFound(await findIntegration(db, organizationId, integrationId), "integration", integrationId);
    const page = await listVersions(db, { organizationId, integrationId }, context.req.valid("query"));
    return context.json({ items: page.items.map(toVersion), nextCursor: page.nextCursor }, 200);
  });
  api.openapi(version, async (context) => {
    const key = keyOf(context.var.actor, context.req.valid("param"));
    return context.json(toVersion(orNoVersion(await findVersionByNumber(db, key), key)), 200);
  });
  api.openapi(configSchema, async (context) => {
    const key = keyOf(context.var.actor, context.req.valid("param"));
    const { definition } = orNoVersion(await findVersionByNumber(db, key), key);
    return context.json(configSchemaOf(definition, context.req.valid("query").audience), 200);
  });
  api.openapi(withdraw, async (context) => {
    const key = keyOf(context.var.actor, context.req.valid("param"));
    const withdrawal = { by: context.var.actor.userId, reason: context.req.valid("json").reason };
    return context.json(toVersion(orNoVersion(await updateWithdrawal(db, key, withdrawal), key)), 200);
  });
  api.openapi(restore, async (context) => {
    const key = keyOf(context.var.actor, context.req.valid("param"));
    return context.json(toVersion(orNoVersion(await updateWithdrawal(db, key, null), key)), 200);
  });
}

interface VersionKey {
  organizationId: string;
  integrationId: string;
  number: number;
}

function keyOf({ organizationId }: Actor, { id, number }: { id: string; number: number }): VersionKey {
  return { organizationId, integrationId: id, number };
}

function orNoVersion(row: VersionRow | undefined, { integrationId: id, number }: VersionKey): VersionRow {
  if (row !== undefined) return row;
  throw notFound("version", `${number} of integration ${id}`, `GET /api/v1/integrations/${id}/versions`);
}

export function toIntegration(row: IntegrationRow): Integration {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}

export function toVersion(row: VersionRow): Version {
  const { withdrawnAt, withdrawnBy, withdrawnReason, ...shown } = row;
  return {
    ...shown,
    definition: { ...row.definition },
    createdAt: row.createdAt.toISOString(),
    withdrawn:
      withdrawnAt === null
        ? null
        : { at: withdrawnAt.toISOString(), by: withdrawnBy, reason: withdrawnReason ?? "" },
  };
}
