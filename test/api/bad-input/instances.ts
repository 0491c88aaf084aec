import { createId } from "#contract/create-id.ts";
import { type BadRow, conflict, invalid, unprocessable } from "./bad-row.ts";

const CREATE = "POST /api/v1/instances";
const UPDATE = "PATCH /api/v1/instances/{id}";
const CONFIGURE = "PUT /api/v1/instances/{id}/config";
const ABSENT = createId();

/** Making one, changing it, configuring it, deleting it. */
export const INSTANCE_ROWS: BadRow[] = [
  unprocessable(CREATE, {
    kind: "unknown id",
    what: "a customer that is not there",
    field: "/customerId",
    request: ({ own }) => ({ body: { customerId: ABSENT, integrationId: own.integrations, name: "I" } }),
    names: ABSENT,
  }),
  unprocessable(CREATE, {
    kind: "foreign id",
    what: "another organization's customer",
    field: "/customerId",
    request: ({ own, foreign }) => ({
      body: { customerId: foreign.customers, integrationId: own.integrations, name: "I" },
    }),
    names: ({ foreign }) => foreign.customers,
  }),
  unprocessable(CREATE, {
    kind: "unknown id",
    what: "an integration that is not there",
    field: "/integrationId",
    request: ({ own }) => ({ body: { customerId: own.customers, integrationId: ABSENT, name: "I" } }),
    names: ABSENT,
  }),
  unprocessable(CREATE, {
    kind: "foreign id",
    what: "another organization's integration",
    field: "/integrationId",
    request: ({ own, foreign }) => ({
      body: { customerId: own.customers, integrationId: foreign.integrations, name: "I" },
    }),
    names: ({ foreign }) => foreign.integrations,
  }),
  unprocessable(CREATE, {
    kind: "unknown id",
    what: "a version that is not there",
    field: "/version",
    request: ({ own }) => ({
      body: { customerId: own.customers, integrationId: own.integrations, name: "I", version: 99 },
    }),
    names: ({ own }) => own.integrations,
  }),
  conflict(CREATE, {
    what: "a withdrawn version",
    field: "/version",
    request: ({ own, withdrawn }) => ({
      body: { customerId: own.customers, integrationId: withdrawn.integration, name: "I", version: 2 },
    }),
    names: ({ withdrawn }) => withdrawn.integration,
  }),
  invalid(CREATE, {
    kind: "refused",
    what: "a value for a variable that the version does not have",
    of: "config",
    field: "nope",
    request: ({ own }) => ({
      body: { customerId: own.customers, integrationId: own.integrations, name: "I", config: { nope: 1 } },
    }),
  }),
  unprocessable(UPDATE, {
    kind: "unknown id",
    what: "a version that is not there",
    field: "/version",
    request: { body: { version: 99 } },
    names: ({ own }) => own.integrations,
  }),
  conflict(UPDATE, {
    what: "a withdrawn version",
    field: "/version",
    request: ({ withdrawn }) => ({ params: { id: withdrawn.instance }, body: { version: 2 } }),
    names: ({ withdrawn }) => withdrawn.integration,
  }),
  conflict(UPDATE, {
    what: "another edit",
    field: "/edit",
    request: { body: { name: "n", edit: 999 } },
  }),
  conflict(UPDATE, {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting }, body: { name: "n" } }),
    names: ({ deleting }) => deleting,
  }),
  invalid(CONFIGURE, {
    kind: "refused",
    what: "a variable that the version does not have",
    of: "values",
    field: "nope",
    request: { body: { values: { nope: 1 } } },
  }),
  invalid(CONFIGURE, {
    kind: "wrong type",
    what: "an object as a text",
    of: "values",
    field: "url",
    request: { body: { values: { url: {} } } },
  }),
  invalid(CONFIGURE, {
    kind: "wrong type",
    what: "none of a picklist's choices",
    of: "values",
    field: "region",
    request: { body: { values: { region: "moon" } } },
  }),
  conflict(CONFIGURE, {
    what: "another edit",
    field: "/edit",
    request: { body: { values: {}, edit: 999 } },
  }),
  {
    route: "DELETE /api/v1/instances/{id}",
    kind: "too long",
    what: "another name to confirm it by",
    of: "confirm",
    request: { query: { confirm: "main" } },
    status: 422,
    code: "request/unprocessable",
    field: "/confirm",
  },
  conflict("DELETE /api/v1/instances/{id}", {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting } }),
    names: ({ deleting }) => deleting,
  }),
];
