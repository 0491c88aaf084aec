import { acceptedSchema } from "#contract/api/executions.ts";
import { idParams, ifMatchHeader } from "#contract/api/fields.ts";
import { deleteInstanceQuery } from "#contract/api/instances.ts";
import { EngineError } from "#contract/errors.ts";
import { beginInstanceDeletion } from "#db/begin-deletion.ts";
import { changeInstance } from "#deploy/change-instance.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { editOf } from "../etag.ts";

const remove = defineRoute({
  method: "delete",
  path: "/instances/{id}",
  summary: "Delete an instance with all its data; a worker stops what runs, then removes it",
  request: { params: idParams, headers: ifMatchHeader, query: deleteInstanceQuery },
  responses: { 202: json(acceptedSchema, "It is being deleted; 404 tells that it is gone") },
});

export function deleteInstanceRoutes({ db, hints }: Pick<ApiParts, "db" | "hints">): RouteModule {
  return (api) => {
    api.openapi(remove, async (context) => {
      const { id } = context.req.valid("param");
      const { confirm } = context.req.valid("query");
      const { organizationId } = context.var.actor;
      const ifMatch = editOf(context.req.valid("header")["if-match"]);
      const requestId = await changeInstance(
        db,
        { organizationId, id, ifMatch },
        async (transaction, { name }) => {
          if (confirm !== name) throw notConfirmed(id);
          return beginInstanceDeletion(transaction, { organizationId, instanceId: id });
        },
      );
      hints.send("millrace_request", requestId);
      return context.json({ requestId }, 202);
    });
  };
}

function notConfirmed(id: string): EngineError {
  return new EngineError(
    "request/unprocessable",
    `?confirm= is not the name of instance ${id}; give its whole name, as GET /api/v1/instances/${id} shows it`,
    { field: "/confirm" },
  );
}
