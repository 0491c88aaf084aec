import { diffQuery, diffSchema } from "#contract/api/diff.ts";
import { idParams } from "#contract/api/fields.ts";
import type { FieldProblem } from "#contract/errors.ts";
import { findMissing, keepFitting, resolveConfig } from "#contract/config-values.ts";
import { type Deployable, diffDeployments } from "#contract/diff-deployments.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import { findInstance, type InstanceRow } from "#db/instances.ts";
import { findRevision } from "#db/revisions.ts";
import { findVersion, findVersionByNumber } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { notFound, orNotFound } from "../not-found.ts";

const diff = defineRoute({
  method: "get",
  path: "/instances/{id}/diff",
  summary: "Compare two revisions of an instance, or one with its draft or with another version",
  request: { params: idParams, query: diffQuery },
  responses: { 200: json(diffSchema, "What differs; nothing that is equal") },
});

interface Side extends Deployable {
  revision: number | null;
  version: number;
  missing: FieldProblem[];
}

export function instanceDiffRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(diff, async (context) => {
      const { id } = context.req.valid("param");
      const { organizationId } = context.var.actor;
      const { from, to } = context.req.valid("query");
      const instance = orNotFound(await findInstance(db, organizationId, id), "instance", id);
      const [before, after] = await Promise.all([
        readSide(db, organizationId, { instance, name: from ?? deployedOf(instance) }),
        readSide(db, organizationId, { instance, name: to }),
      ]);
      const answer = {
        from: { revision: before.revision, version: before.version },
        to: { revision: after.revision, version: after.version },
        ...diffDeployments(before, after),
        missing: after.missing,
      };
      return context.json(answer, 200);
    });
  };
}

function deployedOf({ id, deployedRevision }: InstanceRow): string {
  if (deployedRevision !== null) return String(deployedRevision);
  throw new EngineError(
    "request/unprocessable",
    `Instance ${id} has no deployed revision yet; name what to compare with as from, such as v1`,
    { field: "/from" },
  );
}

function readSide(
  db: Db,
  organizationId: string,
  { instance, name }: { instance: InstanceRow; name: string },
): Promise<Side> | Side {
  if (name === "draft") return sideOf(instance, instance);
  if (name.startsWith("v"))
    return readVersion(db, organizationId, { instance, number: Number(name.slice(1)) });
  return readRevision(db, organizationId, { instance, number: Number(name) });
}

/** As a deploy with the draft's values would make it. */
function sideOf(
  { config }: InstanceRow,
  { definition, version }: Pick<InstanceRow, "definition" | "version">,
): Side {
  const values = keepFitting(definition, config);
  return {
    definition,
    version,
    revision: null,
    config: resolveConfig(definition, values),
    grants: definition.permissions,
    missing: findMissing(definition, values),
  };
}

async function readVersion(
  db: Db,
  organizationId: string,
  { instance, number }: { instance: InstanceRow; number: number },
): Promise<Side> {
  const { integrationId } = instance;
  const found = await findVersionByNumber(db, { organizationId, integrationId, number });
  if (found !== undefined) return sideOf(instance, { definition: found.definition, version: found.number });
  const where = `GET /api/v1/integrations/${integrationId}/versions`;
  throw notFound("version", `${number} of integration ${integrationId}`, where);
}

async function readRevision(
  db: Db,
  organizationId: string,
  { instance, number }: { instance: InstanceRow; number: number },
): Promise<Side> {
  const { id: instanceId } = instance;
  const revision = await findRevision(db, { organizationId, instanceId, number });
  if (revision === undefined)
    throw notFound(
      "revision",
      `${number} of instance ${instanceId}`,
      `GET /api/v1/instances/${instanceId}/revisions`,
    );
  const version = await findVersion(db, organizationId, revision.versionId);
  if (version === undefined)
    throw new EngineError("engine/internal", `Revision ${revision.id} has no version`);
  const { config, grants } = revision;
  return {
    revision: number,
    version: version.number,
    definition: version.definition,
    config,
    grants,
    missing: [],
  };
}
