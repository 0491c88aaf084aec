import { idParams, ifMatchHeader } from "#contract/api/fields.ts";
import { instanceSchema, upgradeBody } from "#contract/api/instances.ts";
import { findInstance } from "#db/instances.ts";
import { assertCurrent, changeInstance } from "#deploy/change-instance.ts";
import { assertChecksPass } from "#deploy/config-checks.ts";
import { deployInstance } from "#deploy/deploy-instance.ts";
import { planUpgrade } from "#deploy/plan-upgrade.ts";
import type { ApiParts } from "../api-parts.ts";
import { createConfigChecks } from "../config-functions.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { editOf } from "../etag.ts";
import { answerInstance } from "../instance-answer.ts";
import { orNotFound } from "../not-found.ts";

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
export function upgradeInstanceRoutes(
  parts: Pick<ApiParts, "db" | "hints" | "links" | "awaitRequest">,
): RouteModule {
  const { db, hints, links } = parts;
  const checks = createConfigChecks(parts);
  return (api) => {
    api.openapi(upgrade, async (context) => {
      const { id } = context.req.valid("param");
      const { version: number, values, note, edit } = context.req.valid("json");
      const { organizationId, userId: createdBy } = context.var.actor;
      const ifMatch = editOf(context.req.valid("header")["if-match"]);
      const target = { organizationId, id, edit, ifMatch, deploy: true };
      const upgrade = { number, values, note, createdBy, publicUrl: links.publicUrl };
      const before = orNotFound(await findInstance(db, organizationId, id), "instance", id);
      assertCurrent(before, target);
      const planned = await planUpgrade(db, organizationId, { instance: before, upgrade });
      const { customerId } = before;
      await assertChecksPass(checks, organizationId, { ...planned, customerId, instance: before });
      const { shards } = await changeInstance(db, target, async (transaction, instance) => {
        const deployment = await planUpgrade(transaction, organizationId, { instance, upgrade });
        return deployInstance(transaction, organizationId, {
          instance,
          deployment: { ...deployment, checked: planned },
        });
      });
      for (const shard of shards) hints.send("millrace_queue", String(shard));
      return answerInstance(context, db, { id, status: 200 });
    });
  };
}
