import { z } from "zod";
import {
  createCustomerBody,
  type Customer,
  customerSchema,
  customersQuery,
  updateCustomerBody,
} from "#contract/api/customers.ts";
import { idParams, ifMatchHeader, pageOf } from "#contract/api/fields.ts";
import { changedMeanwhile } from "#contract/changed-meanwhile.ts";
import { EngineError } from "#contract/errors.ts";
import type { Db } from "#db/connect.ts";
import {
  type CustomerRow,
  findCustomer,
  insertCustomer,
  listCustomers,
  listCustomersByName,
  type NamePosition,
  updateCustomer,
} from "#db/customers.ts";
import { isPostgresError, SQLSTATE } from "#db/postgres-error.ts";
import type { ApiParts } from "../api-parts.ts";
import type { RouteModule } from "../create-app.ts";
import { formatCursor, parseCursor } from "../cursor.ts";
import { defineRoute, json, jsonBody } from "../define-route.ts";
import { editOf, setEtag } from "../etag.ts";
import { orNotFound } from "../not-found.ts";

const list = defineRoute({
  method: "get",
  path: "/customers",
  summary: "List customers, newest first or by name",
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
  request: { params: idParams, headers: ifMatchHeader, body: jsonBody(updateCustomerBody) },
  responses: { 200: json(customerSchema, "The changed customer") },
});
export function customersRoutes({ db }: Pick<ApiParts, "db">): RouteModule {
  return (api) => {
    api.openapi(list, async (context) => {
      const page = await readCustomers(db, context.var.actor.organizationId, context.req.valid("query"));
      return context.json({ items: page.items.map(toCustomer), nextCursor: page.nextCursor }, 200);
    });
    api.openapi(create, async (context) => {
      const body = context.req.valid("json");
      const row = await insertCustomer(db, context.var.actor.organizationId, body);
      if (row === undefined) throw externalIdTaken(body.externalId);
      setEtag(context, row.edit);
      return context.json(toCustomer(row), 201);
    });
    api.openapi(get, async (context) => {
      const { id } = context.req.valid("param");
      const row = orNotFound(await findCustomer(db, context.var.actor.organizationId, id), "customer", id);
      setEtag(context, row.edit);
      return context.json(toCustomer(row), 200);
    });
    addChanges(api, db);
  };
}

function addChanges(api: Parameters<RouteModule>[0], db: Db): void {
  api.openapi(update, async (context) => {
    const { id } = context.req.valid("param");
    const changes = context.req.valid("json");
    const { organizationId } = context.var.actor;
    const edit = editOf(context.req.valid("header")["if-match"]);
    const row = await updateCustomer(db, { organizationId, id, edit }, changes).catch((error: unknown) => {
      if (isPostgresError(error, SQLSTATE.uniqueViolation)) throw externalIdTaken(changes.externalId);
      throw error;
    });
    if (row === undefined) {
      const stored = orNotFound(await findCustomer(db, organizationId, id), "customer", id).edit;
      throw changedMeanwhile(`Customer ${id}`, { stored, given: edit ?? stored });
    }
    setEtag(context, row.edit);
    return context.json(toCustomer(row), 200);
  });
}

const namePosition = z.tuple([z.string().max(200), z.uuid()]);
const newestPosition = z.tuple([z.uuid()]);

/** Both orders speak one language of cursors: what the order compares, as JSON. */
async function readCustomers(db: Db, organizationId: string, query: z.output<typeof customersQuery>) {
  const { sort, cursor, ...filter } = query;
  if (sort === "name") {
    const [name, id] = cursor === undefined ? [] : parseCursor(cursor, namePosition);
    const after = name === undefined || id === undefined ? undefined : { name, id };
    const cursorOf = (last: NamePosition) => formatCursor([last.name, last.id]);
    return listCustomersByName(db, organizationId, { ...filter, after, cursorOf });
  }
  const [id] = cursor === undefined ? [] : parseCursor(cursor, newestPosition);
  const page = await listCustomers(db, organizationId, { ...filter, cursor: id });
  return { ...page, nextCursor: page.nextCursor === null ? null : formatCursor([page.nextCursor]) };
}

function externalIdTaken(externalId: string | null | undefined): EngineError {
  return new EngineError(
    "request/conflict",
    `Another customer has the external id "${externalId}"; GET /api/v1/customers?externalId= finds it`,
    { field: "/externalId" },
  );
}

function toCustomer(row: CustomerRow): Customer {
  return {
    ...row,
    deletingAt: row.deletingAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}
