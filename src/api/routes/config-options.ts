import { choicesSchema, configOptionsParams, configOptionsQuery } from "#contract/api/config-options.ts";
import { findInstance } from "#db/instances.ts";
import type { ApiParts } from "../api-parts.ts";
import { createFindChoices } from "../config-functions.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const options = defineRoute({
  method: "get",
  path: "/instances/{id}/config/{variable}/options",
  summary: "List what an instance's picklist can be set to; fetched choices are those of the last minute",
  request: { params: configOptionsParams, query: configOptionsQuery },
  responses: { 200: json(choicesSchema, "The choices, in the order of their author") },
});

export function configOptionsRoutes(parts: Pick<ApiParts, "db" | "hints" | "awaitRequest">): RouteModule {
  const findChoices = createFindChoices(parts);
  return (api) => {
    api.openapi(options, async (context) => {
      const { id, variable } = context.req.valid("param");
      const { values } = context.req.valid("query");
      const { organizationId } = context.var.actor;
      const instance = orNotFound(await findInstance(parts.db, organizationId, id), "instance", id);
      const { items, fetchedAtMs } = await findChoices(organizationId, { instance, variable, values });
      return context.json({ items, fetchedAt: new Date(fetchedAtMs).toISOString() }, 200);
    });
  };
}
