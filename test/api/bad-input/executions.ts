import { type BadRow, conflict, invalid } from "./bad-row.ts";

const LIST = "GET /api/v1/executions";
const REPLAY = "POST /api/v1/executions/{id}/replay";
const RESUME = "POST /api/v1/executions/{id}/resume";

export const EXECUTION_ROWS: BadRow[] = [
  invalid(LIST, {
    kind: "bad parameter",
    what: "one state that is none",
    of: "state",
    request: { query: { state: "failed,done" } },
  }),
  invalid(LIST, {
    kind: "bad parameter",
    what: "a time without a zone",
    of: "from",
    request: { query: { from: "2026-01-01T00:00:00" } },
  }),
  conflict(REPLAY, {
    what: "a flow that is no longer deployed",
    field: "/revision",
    request: ({ removed }) => ({ params: { id: removed.execution }, body: {} }),
    names: ({ removed }) => removed.execution,
  }),
  {
    route: REPLAY,
    kind: "refused",
    what: "a payload that retention took",
    request: ({ expired }) => ({ params: { id: expired }, body: {} }),
    status: 410,
    code: "request/payload-expired",
    names: ({ expired }) => expired,
  },
  {
    route: "GET /api/v1/executions/{id}/payload",
    kind: "refused",
    what: "a payload that retention took",
    request: ({ expired }) => ({ params: { id: expired } }),
    status: 410,
    code: "request/payload-expired",
    names: ({ expired }) => expired,
  },
  conflict(RESUME, { what: "an execution that has not failed", request: { body: {} } }),
  conflict("POST /api/v1/executions/{id}/cancel", {
    what: "an execution that has ended",
    request: ({ ended }) => ({ params: { id: ended } }),
    names: ({ ended }) => ended,
  }),
  conflict("POST /api/v1/executions/{id}/retry-now", {
    what: "an execution that does not wait",
    request: {},
  }),
];
