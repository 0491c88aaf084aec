import { deleteCustomerQuery } from "#contract/api/customers.ts";
import { acceptedSchema } from "#contract/api/executions.ts";
import { idParams } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import { askForCustomerDeletion } from "#db/begin-deletion.ts";
import { lockCustomerToDelete, markCustomerDeleting } from "#db/customer-deletion.ts";
import { deleteCustomer } from "#db/customers.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const remove = defineRoute({
  method: "delete",
  path: "/customers/{id}",
  summary:
    "Delete a customer; one that has instances only with its name as confirmation, and they go with it",
  request: { params: idParams, query: deleteCustomerQuery },
  responses: {
    202: json(acceptedSchema, "It is being deleted with its instances; 404 tells that it is gone"),
    204: { description: "Deleted: it had no instances" },
  },
});

/** Its row is locked: an instance is created before and counts, or finds the customer deleting or gone. */
export function deleteCustomerRoutes({ db, hints }: Pick<ApiParts, "db" | "hints">): RouteModule {
  return (api) => {
    api.openapi(remove, async (context) => {
      const { id } = context.req.valid("param");
      const { confirm } = context.req.valid("query");
      const { organizationId } = context.var.actor;
      const requestId = await db.transaction().execute(async (transaction) => {
        const found = await lockCustomerToDelete(transaction, { organizationId, id });
        const { name, hasInstances, deletingAt } = orNotFound(found, "customer", id);
        if (deletingAt !== null)
          throw new EngineError("request/conflict", `Customer ${id} is being deleted already`);
        if (confirm !== undefined && confirm !== name) throw notConfirmed(id);
        if (!hasInstances) {
          await deleteCustomer(transaction, id);
          return undefined;
        }
        if (confirm === undefined) throw needsConfirmation(id);
        await markCustomerDeleting(transaction, id);
        return askForCustomerDeletion(transaction, { organizationId, customerId: id });
      });
      if (requestId === undefined) return context.body(null, 204);
      hints.send("millrace_request", requestId);
      return context.json({ requestId }, 202);
    });
  };
}

function needsConfirmation(id: string): EngineError {
  return new EngineError(
    "request/conflict",
    `Customer ${id} has instances, which GET /api/v1/instances?customer=${id} lists; ?confirm=<the customer's name> deletes them with all their data as well`,
    { field: "/confirm" },
  );
}

function notConfirmed(id: string): EngineError {
  return new EngineError(
    "request/unprocessable",
    `?confirm= is not the name of customer ${id}; give its whole name, as GET /api/v1/customers/${id} shows it`,
    { field: "/confirm" },
  );
}
