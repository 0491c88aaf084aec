import { type BadRow, conflict, invalid } from "./bad-row.ts";

const CREATE = "POST /api/v1/customers";
const UPDATE = "PATCH /api/v1/customers/{id}";

export const CUSTOMER_ROWS: BadRow[] = [
  invalid(CREATE, { kind: "refused", what: "a blank name", of: "name", request: { body: { name: "  " } } }),
  invalid(CREATE, {
    kind: "refused",
    what: "a NUL in the name",
    of: "name",
    request: { body: { name: "a\0b" } },
  }),
  invalid(CREATE, {
    kind: "refused",
    what: "a label twice",
    of: "labels",
    request: { body: { name: "a", labels: ["x", "x"] } },
  }),
  conflict(CREATE, {
    what: "another customer's external id",
    field: "/externalId",
    request: ({ takenExternalId }) => ({ body: { name: "a", externalId: takenExternalId } }),
    names: ({ takenExternalId }) => takenExternalId,
  }),
  conflict(UPDATE, {
    what: "another customer's external id",
    field: "/externalId",
    request: ({ takenExternalId }) => ({ body: { externalId: takenExternalId } }),
    names: ({ takenExternalId }) => takenExternalId,
  }),
  conflict("DELETE /api/v1/customers/{id}", { what: "instances that it still has", request: {} }),
  {
    route: "DELETE /api/v1/customers/{id}",
    kind: "too long",
    what: "another name to confirm it by",
    of: "confirm",
    request: { query: { confirm: "main" } },
    status: 422,
    code: "request/unprocessable",
    field: "/confirm",
  },
  invalid("GET /api/v1/customers", {
    kind: "bad cursor",
    what: "a cursor of the other order",
    of: "cursor",
    // ["019a52f0-6c1e-7d3b-9c57-2f8f6b0f4d11"], as the newest first have it
    request: { query: { sort: "name", cursor: "WyIwMTlhNTJmMC02YzFlLTdkM2ItOWM1Ny0yZjhmNmIwZjRkMTEiXQ" } },
  }),
];
