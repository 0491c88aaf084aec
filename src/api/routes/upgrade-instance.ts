import { idParams, ifMatchHeader } from "#contract/api/fields.ts";
import { instanceSchema, upgradeBody } from "#contract/api/instances.ts";
import { keepFitting } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import { findRevision } from "#db/revisions.ts";
import type { VersionRow } from "#db/versions.ts";
import type { ApiParts } from "../api-parts.ts";
import { changeInstance } from "../change-instance.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { deployInstance } from "../deploy-instance.ts";
import { editOf } from "../etag.ts";
import { answerInstance } from "../instance-answer.ts";
import { getVersionToTake } from "../version-to-take.ts";

const upgrade = defineRoute({
  method: "post",
  path: "/instances/{id}/upgrade",
  summary: "Deploy another version as the next revision; a refusal changes nothing",
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(upgradeBody) },
  responses: { 200: json(instanceSchema, "The deployed instance") },
});

/**
 * Version, values and deploy in one transaction: an upgrade that lacks values or an approval is refused with the list of
 * them, and the instance keeps its version and its draft.
 */
export function upgradeInstanceRoutes(parts: Pick<ApiParts, "db" | "hints" | "links">): RouteModule {
  const { db, hints, links } = parts;
  return (api) => {
    api.openapi(upgrade, async (context) => {
      const { id } = context.req.valid("param");
      const { version: number, values: given, note, edit } = context.req.valid("json");
      const { organizationId, userId: createdBy } = context.var.actor;
      const ifMatch = editOf(context.req.valid("header")["if-match"]);
      const target = { organizationId, id, edit, ifMatch, deploy: true };
      const shards = await changeInstance(db, target, async (transaction, instance) => {
        const { integrationId } = instance;
        const version = await getVersionToTake(transaction, { organizationId, integrationId, number });
        await assertNotRunning(transaction, organizationId, { instance, version });
        const deployment = {
          versionId: version.id,
          version: version.number,
          definition: version.definition,
          values: { ...keepFitting(version.definition, instance.config), ...given },
          note: note ?? `To version ${version.number}`,
          createdBy,
          publicUrl: links.publicUrl,
        };
        return deployInstance(transaction, organizationId, { instance, deployment });
      });
      for (const shard of shards) hints.send("millrace_queue", String(shard));
      return answerInstance(context, db, { id, status: 200 });
    });
  };
}

async function assertNotRunning(
  db: Db,
  organizationId: string,
  { instance, version }: { instance: InstanceRow; version: VersionRow },
): Promise<void> {
  if (instance.deployedRevision === null) return;
  const key = { organizationId, instanceId: instance.id, number: instance.deployedRevision };
  const deployed = await findRevision(db, key);
  if (deployed?.versionId !== version.id) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${instance.id} runs version ${version.number} already; name another one, or deploy to take its draft`,
    { field: "/version" },
  );
}
