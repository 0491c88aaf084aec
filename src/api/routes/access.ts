import {
  createdTokenSchema,
  createTokenBody,
  meSchema,
  type Token,
  tokenSchema,
} from "#contract/api/access.ts";
import { idParams, pageOf, pageQuery } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { isRole, mayGrant } from "#contract/policy.ts";
import { type ApiTokenRow, deleteApiToken, listApiTokens } from "#db/api-tokens.ts";
import type { ApiParts } from "../api-parts.ts";
import { issueToken } from "../auth/issue-token.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const me = defineRoute({
  method: "get",
  path: "/me",
  summary: "Tell who the token is",
  responses: { 200: json(meSchema, "Organization and role") },
});
const list = defineRoute({
  method: "get",
  path: "/tokens",
  summary: "List API tokens, newest first",
  request: { query: pageQuery },
  responses: { 200: json(pageOf(tokenSchema), "A page") },
});
const create = defineRoute({
  method: "post",
  path: "/tokens",
  summary: "Make an API token with at most your own role; it is shown once",
  request: { body: jsonBody(createTokenBody) },
  responses: { 201: json(createdTokenSchema, "The new token") },
});
const revoke = defineRoute({
  method: "delete",
  path: "/tokens/{id}",
  summary: "Revoke an API token; refused within a second",
  request: { params: idParams },
  responses: { 204: { description: "Revoked" } },
});

export function accessRoutes({ db, auth }: Pick<ApiParts, "db" | "auth">): RouteModule {
  return (api) => {
    api.openapi(me, (context) => {
      const { organizationId, role, userId = null, tokenId = null } = context.var.actor;
      return context.json({ organizationId, role, userId, tokenId }, 200);
    });
    api.openapi(list, async (context) => {
      const page = context.req.valid("query");
      const { items, nextCursor } = await listApiTokens(db, context.var.actor.organizationId, page);
      return context.json({ items: items.flatMap(toToken), nextCursor }, 200);
    });
    api.openapi(create, async (context) => {
      const { name, role, expiresInDays } = context.req.valid("json");
      const { organizationId, userId, role: own } = context.var.actor;
      if (!mayGrant(own, role))
        throw new EngineError("request/forbidden", `A token of role ${own} cannot make one of role ${role}`, {
          field: "/role",
        });
      if (userId === undefined)
        throw new EngineError(
          "request/forbidden",
          "Only a member, or a token that a member made, makes tokens",
        );
      const expiry = expiresInDays === undefined ? {} : { expiresInDays };
      const { id, token } = await issueToken(auth, { organizationId, userId, name, role, ...expiry });
      return context.json({ id, name, role, token }, 201);
    });
    api.openapi(revoke, async (context) => {
      const { id } = context.req.valid("param");
      const deleted = await deleteApiToken(db, context.var.actor.organizationId, id);
      orNotFound(deleted || undefined, "token", id);
      return context.body(null, 204);
    });
  };
}

/** A role that this release does not know opens nothing, and is not listed. */
function toToken(row: ApiTokenRow): Token[] {
  const { id, name, start, role, createdBy } = row;
  if (!isRole(role)) return [];
  const createdAt = row.createdAt.toISOString();
  const lastUsedAt = row.lastUsedAt?.toISOString() ?? null;
  const expiresAt = row.expiresAt?.toISOString() ?? null;
  return [{ id, name, start, role, createdBy, createdAt, lastUsedAt, expiresAt }];
}
