import {
  createCustomerBody,
  type Customer,
  customerSchema,
  customersQuery,
  updateCustomerBody,
} from "#contract/api/customers.ts";
import { idParams, pageOf } from "#contract/api/fields.ts";
import { EngineError } from "#contract/errors.ts";
import {
  type CustomerRow,
  deleteCustomer,
  findCustomer,
  insertCustomer,
  listCustomers,
  updateCustomer,
} from "#db/customers.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/customers",
  summary: "List customers, newest first",
  request: { query: customersQuery },
  responses: { 200: json(pageOf(customerSchema), "A page") },
});
const create = defineRoute({
  method: "post",
  path: "/customers",
  summary: "Create a customer",
  request: { body: jsonBody(createCustomerBody) },
  responses: { 201: json(customerSchema, "The new customer") },
});
const get = defineRoute({
  method: "get",
  path: "/customers/{id}",
  summary: "Get a customer",
  request: { params: idParams },
  responses: { 200: json(customerSchema, "The customer") },
});
const update = defineRoute({
  method: "patch",
  path: "/customers/{id}",
  summary: "Change some fields of a customer",
  request: { params: idParams, body: jsonBody(updateCustomerBody) },
  responses: { 200: json(customerSchema, "The changed customer") },
});
const remove = defineRoute({
  method: "delete",
  path: "/customers/{id}",
  summary: "Delete a customer that has no instances",
  request: { params: idParams },
  responses: { 204: { description: "Deleted" } },
});

export function customersRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(list, async (context) => {
      const { items, nextCursor } = await listCustomers(
        db,
        context.var.actor.organizationId,
        context.req.valid("query"),
      );
      return context.json({ items: items.map(toCustomer), nextCursor }, 200);
    });
    api.openapi(create, async (context) => {
      const body = context.req.valid("json");
      const row = await insertCustomer(db, context.var.actor.organizationId, body);
      if (row === undefined) throw externalIdTaken(body.externalId);
      return context.json(toCustomer(row), 201);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const row = await findCustomer(db, context.var.actor.organizationId, id);
      return context.json(toCustomer(orNotFound(row, "customer", id)), 200);
    });
    api.openapi(update, async (context) => {
      const { id } = context.req.valid("param");
      const changes = context.req.valid("json");
      const key = { organizationId: context.var.actor.organizationId, id };
      const row = await updateCustomer(db, key, changes).catch((error: unknown) => {
        if (isPostgresError(error, SQLSTATE.uniqueViolation)) throw externalIdTaken(changes.externalId);
        throw error;
      });
      return context.json(toCustomer(orNotFound(row, "customer", id)), 200);
    });
    api.openapi(remove, async (context) => {
      const { id } = context.req.valid("param");
      const deleted = await deleteCustomer(db, context.var.actor.organizationId, id).catch(
        (error: unknown) => {
          if (isPostgresError(error, SQLSTATE.foreignKeyViolation)) throw hasInstances(id);
          throw error;
        },
      );
      orNotFound(deleted || undefined, "customer", id);
      return context.body(null, 204);
    });
  };
}

function externalIdTaken(externalId: string | null | undefined): EngineError {
  return new EngineError(
    "request/conflict",
    `Another customer has the external id "${externalId}"; GET /api/v1/customers?search= finds it`,
    { field: "/externalId" },
  );
}

function hasInstances(id: string): EngineError {
  return new EngineError(
    "request/conflict",
    `Customer ${id} still has instances; GET /api/v1/instances?customer=${id} lists them, delete them first`,
  );
}

function toCustomer(row: CustomerRow): Customer {
  return { ...row, createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() };
}
