import { idParams, ifMatchHeader, pageOf } from "#contract/api/fields.ts";
import {
  deployBody,
  instanceSchema,
  pauseBody,
  type Revision,
  revisionSchema,
  revisionsQuery,
  rollbackBody,
} from "#contract/api/instances.ts";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { EngineError } from "#contract/errors.ts";
import { listFlowIds } from "#db/flows.ts";
import { holdQueued, releaseHeld } from "#db/hold-queued.ts";
import { findInstance, updateInstancePause } from "#db/instances.ts";
import { findRevision, listRevisions, type RevisionRow } from "#db/revisions.ts";
import { pauseSchedules, resumeSchedules } from "#db/schedules.ts";
import { findVersion } from "#db/versions.ts";
import { assertNotWithdrawn } from "#deploy/withdrawn-version.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import { assertChecksPass } from "#deploy/config-checks.ts";
import { deployInstance } from "#deploy/deploy-instance.ts";
import type { ApiParts } from "../api-parts.ts";
import { createConfigChecks } from "../config-functions.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { editOf } from "../etag.ts";
import { answerInstance } from "../instance-answer.ts";
import { notFound, orNotFound } from "../not-found.ts";

const deploy = defineRoute({
  method: "post",
  path: "/instances/{id}/deploy",
  summary: "Deploy the saved configuration as the next revision",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(deployBody) },
  responses: { 200: json(instanceSchema, "The deployed instance") },
});
const rollback = defineRoute({
  method: "post",
  path: "/instances/{id}/rollback",
  summary: "Deploy what an earlier revision had, as the next revision",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(rollbackBody) },
  responses: { 200: json(instanceSchema, "The deployed instance") },
});
const revisions = defineRoute({
  method: "get",
  path: "/instances/{id}/revisions",
  summary: "List an instance's revisions, newest first",
  request: { params: idParams, query: revisionsQuery },
  responses: { 200: json(pageOf(revisionSchema), "A page") },
});
const pause = defineRoute({
  method: "post",
  path: "/instances/{id}/pause",
  summary: "Pause an instance: what is queued waits, what runs finishes",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(pauseBody) },
  responses: { 200: json(instanceSchema, "The paused instance") },
});
const unpause = defineRoute({
  method: "post",
  path: "/instances/{id}/unpause",
  summary: "Enable an instance again; what was held runs",
  request: { params: idParams, headers: ifMatchHeader },
  responses: { 200: json(instanceSchema, "The enabled instance") },
});

type Parts = Pick<ApiParts, "db" | "hints" | "links" | "awaitRequest">;

export function deploymentsRoutes(parts: Parts): RouteModule {
  const { db, links } = parts;
  const checks = createConfigChecks(parts);
  return (api) => {
    api.openapi(deploy, async (context) => {
      const { id } = context.req.valid("param");
      const { note, edit, grants } = context.req.valid("json");
      const { organizationId, userId: createdBy } = context.var.actor;
      const ifMatch = editOf(context.req.valid("header")["if-match"]);
      const before = orNotFound(await findInstance(db, organizationId, id), "instance", id);
      const checked = { ...before, values: before.config, instance: before };
      await assertChecksPass(checks, organizationId, checked);
      const { shards } = await changeInstance(
        db,
        { organizationId, id, edit, ifMatch, deploy: true },
        (transaction, instance) => {
          const { versionId, version, definition, config: values } = instance;
          const { publicUrl } = links;
          const what = { versionId, version, definition, values, checked };
          const deployment = { ...what, note, createdBy, publicUrl, grants };
          return deployInstance(transaction, organizationId, { instance, deployment });
        },
      );
      hintAt(parts, shards);
      return answerInstance(context, db, { id, status: 200 });
    });
    addRollback(api, parts);
    api.openapi(revisions, async (context) => {
      const { id: instanceId } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const instance = orNotFound(await findInstance(db, organizationId, instanceId), "instance", instanceId);
      const { drafts: draft, ...wanted } = context.req.valid("query");
      const page = await listRevisions(db, { organizationId, instanceId, draft }, wanted);
      const items = page.items.map((row) => toRevision(row, instance.deployedRevisionId));
      return context.json({ items, nextCursor: page.nextCursor }, 200);
    });
    addPauses(api, parts);
  };
}

function hintAt({ hints }: Parts, shards: readonly number[]): void {
  for (const shard of shards) hints.send("millrace_queue", String(shard));
}

function addRollback(api: Parameters<RouteModule>[0], parts: Parts): void {
  const { db, links } = parts;
  api.openapi(rollback, async (context) => {
    const { id } = context.req.valid("param");
    const { revision: number, note, edit } = context.req.valid("json");
    const { organizationId, userId: createdBy } = context.var.actor;
    const target = { organizationId, id, edit, ifMatch: editOf(context.req.valid("header")["if-match"]) };
    const change = { ...target, deploy: true };
    const { shards } = await changeInstance(db, change, async (transaction, instance) => {
      const revision = await findRevision(transaction, { organizationId, instanceId: id, number });
      if (revision === undefined)
        throw notFound("revision", `${number} of instance ${id}`, `GET /api/v1/instances/${id}/revisions`);
      const version = await findVersion(transaction, organizationId, revision.versionId);
      if (version === undefined)
        throw new EngineError("engine/internal", `Revision ${revision.id} has no version`);
      if (version.id !== instance.versionId) assertNotWithdrawn(version, "/revision");
      const deployment = {
        versionId: version.id,
        version: version.number,
        publicUrl: links.publicUrl,
        definition: version.definition,
        values: withoutNulls(revision.config),
        note: note ?? `Back to revision ${number}`,
        createdBy,
        grants: revision.grants,
        wasGranted: true,
      };
      return deployInstance(transaction, organizationId, { instance, deployment });
    });
    hintAt(parts, shards);
    return answerInstance(context, db, { id, status: 200 });
  });
}

/** A revision holds null where an optional variable had no value. */
function withoutNulls(config: RevisionRow["config"]): RevisionRow["config"] {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}

function addPauses(api: Parameters<RouteModule>[0], parts: Parts): void {
  const { db } = parts;
  api.openapi(pause, async (context) => {
    const { id } = context.req.valid("param");
    const { reason } = context.req.valid("json");
    const { organizationId, userId } = context.var.actor;
    const ifMatch = editOf(context.req.valid("header")["if-match"]);
    await changeInstance(db, { organizationId, id, ifMatch }, async (transaction, instance) => {
      if (instance.pausedAt !== null) return;
      await updateInstancePause(transaction, id, { by: userId, reason });
      await pauseSchedules(transaction, id);
      await holdQueued(transaction, id);
      await recordEndpointChange(transaction, await listFlowIds(transaction, id));
    });
    return answerInstance(context, db, { id, status: 200 });
  });
  api.openapi(unpause, async (context) => {
    const { id } = context.req.valid("param");
    const { organizationId } = context.var.actor;
    const ifMatch = editOf(context.req.valid("header")["if-match"]);
    const shards = await changeInstance(
      db,
      { organizationId, id, ifMatch },
      async (transaction, instance) => {
        if (instance.pausedAt === null) return [];
        await updateInstancePause(transaction, id, null);
        await resumeSchedules(transaction, id);
        const released = await releaseHeld(transaction, id);
        await recordEndpointChange(transaction, await listFlowIds(transaction, id));
        return released;
      },
    );
    hintAt(parts, shards);
    return answerInstance(context, db, { id, status: 200 });
  });
}

function toRevision(row: RevisionRow, deployedRevisionId: string | null): Revision {
  return {
    ...row,
    grants: { ...row.grants },
    current: row.id === deployedRevisionId,
    createdAt: row.createdAt.toISOString(),
  };
}
