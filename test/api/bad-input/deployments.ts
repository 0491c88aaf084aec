import { LIMITS } from "#contract/limits.ts";
import { type BadRow, conflict, invalid, notThere, unprocessable } from "./bad-row.ts";

const DEPLOY = "POST /api/v1/instances/{id}/deploy";
const APPROVE = "POST /api/v1/instances/{id}/approve";
const UPGRADE = "POST /api/v1/instances/{id}/upgrade";
const ROLLBACK = "POST /api/v1/instances/{id}/rollback";
const DIFF = "GET /api/v1/instances/{id}/diff";
const SET_STATE = "PUT /api/v1/instances/{id}/state";
const DELETE_STATE = "DELETE /api/v1/instances/{id}/state";

/** What a deployed instance is asked for. */
export const DEPLOYMENT_ROWS: BadRow[] = [
  conflict(DEPLOY, {
    what: "an instance that lacks a value",
    code: "request/instance-incomplete",
    field: "url",
    request: ({ incomplete }) => ({ params: { id: incomplete }, body: {} }),
    names: ({ incomplete }) => incomplete,
  }),
  conflict(DEPLOY, {
    what: "a version that allows more than was approved",
    code: "request/approval-required",
    field: "/permissions",
    request: ({ widening }) => ({ params: { id: widening }, body: {} }),
    names: ({ widening }) => widening,
  }),
  conflict(DEPLOY, { what: "another edit", field: "/edit", request: { body: { edit: 999 } } }),
  invalid(DEPLOY, {
    kind: "refused",
    what: "grants beyond what the version asks for",
    of: "grants",
    request: { body: { grants: { net: ["other.example:443"] } } },
  }),
  invalid(DEPLOY, {
    kind: "refused",
    what: "a grant that cannot be read",
    of: "grants",
    field: "/grants/net/allow/0",
    request: { body: { grants: { net: ["http://ledger.example"] } } },
  }),
  conflict(APPROVE, { what: "nothing that is open", request: { body: {} } }),
  notThere(APPROVE, {
    kind: "unknown id",
    what: "a version that is not there",
    of: "version",
    request: { body: { version: 99 } },
    names: "99",
  }),
  conflict(UPGRADE, { what: "the version that it runs", field: "/version", request: { body: {} } }),
  conflict(UPGRADE, {
    what: "a version that asks for a value more",
    code: "request/instance-incomplete",
    field: "account",
    request: ({ needy }) => ({ params: { id: needy }, body: {} }),
    names: ({ needy }) => needy,
  }),
  conflict(UPGRADE, {
    what: "a version that allows more than was approved",
    code: "request/approval-required",
    field: "/permissions",
    request: ({ widening }) => ({ params: { id: widening }, body: {} }),
    names: ({ widening }) => widening,
  }),
  conflict(UPGRADE, {
    what: "a withdrawn version",
    field: "/version",
    request: ({ withdrawn }) => ({ params: { id: withdrawn.instance }, body: { version: 2 } }),
    names: ({ withdrawn }) => withdrawn.integration,
  }),
  unprocessable(UPGRADE, {
    kind: "unknown id",
    what: "a version that is not there",
    field: "/version",
    request: { body: { version: 99 } },
    names: ({ own }) => own.integrations,
  }),
  notThere(ROLLBACK, {
    kind: "unknown id",
    what: "a revision that is not there",
    of: "revision",
    request: { body: { revision: 99 } },
  }),
  conflict(ROLLBACK, { what: "another edit", field: "/edit", request: { body: { revision: 1, edit: 999 } } }),
  conflict("POST /api/v1/instances/{id}/pause", {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting }, body: {} }),
    names: ({ deleting }) => deleting,
  }),
  conflict("POST /api/v1/instances/{id}/unpause", {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting } }),
    names: ({ deleting }) => deleting,
  }),
  unprocessable(DIFF, {
    kind: "refused",
    what: "nothing deployed to compare with",
    field: "/from",
    request: ({ incomplete }) => ({ params: { id: incomplete } }),
    names: ({ incomplete }) => incomplete,
  }),
  notThere(DIFF, {
    kind: "unknown id",
    what: "a revision that is not there",
    of: "from",
    request: { query: { from: "99" } },
  }),
  notThere(DIFF, {
    kind: "unknown id",
    what: "a version that is not there",
    of: "to",
    request: { query: { to: "v99" } },
    names: ({ own }) => own.integrations,
  }),
  invalid(SET_STATE, {
    kind: "too long",
    what: "a key of more characters than it may have",
    of: "key",
    request: { body: { key: "k".repeat(LIMITS.stateKeyCharacters + 1), value: 1 } },
  }),
  invalid(SET_STATE, { kind: "refused", what: "no value", of: "value", request: { body: { key: "k" } } }),
  invalid(SET_STATE, {
    kind: "too long",
    what: "a value of more characters than it may have",
    of: "value",
    request: { body: { key: "k", value: "x".repeat(LIMITS.stateValueCharacters) } },
  }),
  conflict(SET_STATE, {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting }, body: { key: "k", value: 1 } }),
    names: ({ deleting }) => deleting,
  }),
  notThere(DELETE_STATE, {
    kind: "unknown id",
    what: "a key that is not there",
    of: "key",
    request: { query: { key: "nosuch" } },
    names: "nosuch",
  }),
  invalid(DELETE_STATE, {
    kind: "too long",
    what: "a key of more characters than it may have",
    of: "key",
    request: { query: { key: "k".repeat(LIMITS.stateKeyCharacters + 1) } },
  }),
  conflict(DELETE_STATE, {
    what: "an instance that is being deleted",
    request: ({ deleting }) => ({ params: { id: deleting } }),
    names: ({ deleting }) => deleting,
  }),
];
