import { LIMITS } from "#contract/limits.ts";
import { type BadRow, conflict, invalid, notThere } from "./bad-row.ts";

const ADD_KEY = "POST /api/v1/flows/{id}/api-keys";
const REVOKE_KEY = "DELETE /api/v1/flows/{id}/api-keys/{keyId}";
const TEST_BY_KEY = "POST /api/v1/instances/{id}/flows/{key}/test";
const VERIFY = "POST /api/v1/flows/{id}/verify-signature";
const TEST = "POST /api/v1/flows/{id}/test";

export const FLOW_ROWS: BadRow[] = [
  notThere("GET /api/v1/flows/{id}/schedule", {
    kind: "refused",
    what: "a flow that webhooks begin",
    request: {},
  }),
  invalid(ADD_KEY, {
    kind: "refused",
    what: "a key of one's own that could be guessed",
    of: "apiKey",
    request: { body: { name: "k", apiKey: "short" } },
  }),
  invalid(ADD_KEY, {
    kind: "too long",
    what: "a key of one's own of 201 characters",
    of: "apiKey",
    request: { body: { name: "k", apiKey: "k".repeat(201) } },
  }),
  conflict(ADD_KEY, {
    what: "as many keys as there may be",
    request: ({ full }) => ({ params: { id: full }, body: { name: "one more" } }),
    names: ({ full }) => full,
  }),
  notThere(REVOKE_KEY, {
    kind: "unknown id",
    what: "a key of another flow",
    of: "keyId",
    request: ({ full }) => ({ params: { id: full } }),
    names: ({ own }) => own.keyId,
  }),
  conflict(TEST, {
    what: "a flow that is no longer deployed",
    request: ({ removed }) => ({ params: { id: removed.flow }, body: {} }),
    names: ({ removed }) => removed.flow,
  }),
  invalid(TEST, {
    kind: "refused",
    what: "a path without a slash",
    of: "path",
    request: { body: { path: "x" } },
  }),
  invalid(TEST, {
    kind: "refused",
    what: "text that is not base64",
    of: "body",
    request: { body: { body: "a b", encoding: "base64" } },
  }),
  invalid(TEST, {
    kind: "refused",
    what: "a header's value of two lines",
    of: "headers",
    field: "/headers/x-a",
    request: { body: { headers: { "x-a": "1\r\nx-b: 2" } } },
  }),
  invalid(TEST, {
    kind: "refused",
    what: "a header's name with a space",
    of: "headers",
    field: "/headers/x a",
    request: { body: { headers: { "x a": "1" } } },
  }),
  {
    route: TEST,
    kind: "too long",
    what: "a body that no webhook may have",
    of: "body",
    request: () => ({ body: { body: "x".repeat(LIMITS.payloadBytes + 1) } }),
    status: 413,
    code: "request/payload-too-large",
    field: "/body",
  },
  conflict(TEST_BY_KEY, {
    what: "the draft of an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting }, body: { draft: true } }),
    names: ({ deleting }) => deleting,
  }),
  notThere(TEST_BY_KEY, {
    kind: "unknown id",
    what: "a flow that the draft does not have",
    of: "key",
    request: { params: { key: "nosuch" }, body: { draft: true } },
    names: "nosuch",
  }),
  {
    route: TEST_BY_KEY,
    kind: "too long",
    what: "a body that no webhook may have",
    of: "body",
    request: () => ({ body: { body: "x".repeat(LIMITS.payloadBytes + 1) } }),
    status: 413,
    code: "request/payload-too-large",
    field: "/body",
  },
  conflict(VERIFY, { what: "a flow that checks no signature", request: { body: {} } }),
  invalid(VERIFY, {
    kind: "refused",
    what: "text that is not base64",
    of: "body",
    request: { body: { body: "a b", encoding: "base64" } },
  }),
  {
    route: VERIFY,
    kind: "too long",
    what: "a body that no webhook may have",
    of: "body",
    request: ({ signed }) => ({
      params: { id: signed },
      body: { body: "x".repeat(LIMITS.payloadBytes + 1) },
    }),
    status: 413,
    code: "request/payload-too-large",
    field: "/body",
  },
];
