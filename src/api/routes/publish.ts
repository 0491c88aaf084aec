import { hash } from "node:crypto";
import { publishBody, publishedSchema } from "#contract/api/integrations.ts";
import type { Definition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { findWidenings } from "#contract/permission-sets.ts";
import { insertBundle } from "#db/bundles.ts";
import type { Db } from "#db/connect.ts";
import { findIntegration, upsertIntegration } from "#db/integrations.ts";
import { findVersionByBundle, findVersionByNumber, insertVersion, type VersionRow } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import { askWorker } from "../ask-worker.ts";
import type { Actor } from "../auth/actor.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { toIntegration, toVersion } from "./integrations.ts";

const publish = defineRoute({
  method: "post",
  path: "/integrations/publish",
  summary: "Publish a bundle as the next version of its integration",
  request: { body: jsonBody(publishBody) },
  responses: {
    200: json(publishedSchema, "This very bundle was published before: its version"),
    201: json(publishedSchema, "The new version"),
  },
});

type Parts = Pick<ApiParts, "db" | "hints" | "awaitRequest">;
interface Publishing {
  actor: Actor;
  sha256: string;
  note: string;
  commit: string | undefined;
}
interface Outcome {
  version: VersionRow;
  created: boolean;
}

/**
 * The bundle is stored by its content first, so that a worker can read it; a version is made once a sandbox has
 * evaluated its definition. What was refused stays as an unused bundle, and costs its size.
 */
export function publishRoutes(parts: Parts): RouteModule {
  const { db } = parts;
  return (api) => {
    api.openapi(publish, async (context) => {
      const { bundle, sourceMap, note, commit } = context.req.valid("json");
      assertSize(bundle);
      const { actor } = context.var;
      const publishing = { actor, sha256: hash("sha256", bundle), note, commit };
      const known = await findVersionByBundle(db, actor.organizationId, publishing.sha256);
      if (known !== undefined)
        return context.json(await answer(db, actor.organizationId, { version: known, created: false }), 200);
      await insertBundle(db, actor.organizationId, { sha256: publishing.sha256, code: bundle, sourceMap });
      const definition = await evaluate(parts, publishing, context.req.raw.signal);
      const outcome = await addVersion(db, publishing, definition);
      return context.json(await answer(db, actor.organizationId, outcome), outcome.created ? 201 : 200);
    });
  };
}

function assertSize(bundle: string): void {
  const bytes = Buffer.byteLength(bundle);
  if (bytes <= LIMITS.bundleBytes) return;
  throw new EngineError(
    "request/payload-too-large",
    `/bundle has ${bytes} bytes, at most ${LIMITS.bundleBytes} are allowed; leave out what the steps do not use`,
    { field: "/bundle" },
  );
}

async function evaluate(
  parts: Parts,
  { actor, sha256 }: Publishing,
  signal: AbortSignal,
): Promise<Definition> {
  const { definition } = await askWorker(parts, {
    organizationId: actor.organizationId,
    kind: "evaluate-definition",
    input: { bundleSha256: sha256 },
    timeoutMs: LIMITS.publishWaitMs,
    signal,
  });
  return definition;
}

/** Two that publish the same bundle at once end with one version: the integration's row is locked by the first. */
function addVersion(
  db: Db,
  { actor, sha256, note, commit }: Publishing,
  definition: Definition,
): Promise<Outcome> {
  const { organizationId } = actor;
  return db.transaction().execute(async (transaction) => {
    const integrationId = await upsertIntegration(transaction, organizationId, {
      key: definition.key,
      name: definition.name,
      description: definition.description ?? "",
    });
    const known = await findVersionByBundle(transaction, organizationId, sha256);
    if (known !== undefined) return { version: known, created: false };
    const before = await findVersionByNumber(transaction, { organizationId, integrationId });
    const version = await insertVersion(transaction, {
      organizationId,
      integrationId,
      bundleSha256: sha256,
      definition,
      widens:
        before === undefined ? [] : findWidenings(before.definition.permissions, definition.permissions),
      note,
      commit: commit ?? null,
      publishedBy: actor.userId ?? null,
    });
    return { version, created: true };
  });
}

async function answer(db: Db, organizationId: string, { version, created }: Outcome) {
  const integration = await findIntegration(db, organizationId, version.integrationId);
  if (integration === undefined) {
    throw new EngineError("engine/internal", `Version ${version.id} has no integration`);
  }
  return { created, integration: toIntegration(integration), version: toVersion(version) };
}
