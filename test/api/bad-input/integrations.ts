import { LIMITS } from "#contract/limits.ts";
import { type BadRow, invalid, notThere } from "./bad-row.ts";

const PUBLISH = "POST /api/v1/integrations/publish";

export const INTEGRATION_ROWS: BadRow[] = [
  {
    route: PUBLISH,
    kind: "refused",
    what: "a definition that is none",
    request: { body: { bundle: "{}" } },
    status: 422,
    code: "request/definition-refused",
  },
  {
    route: PUBLISH,
    kind: "too long",
    what: "a bundle of more bytes than it may have",
    request: () => ({ body: { bundle: "é".repeat(LIMITS.bundleBytes / 2 + 1) } }),
    status: 413,
    code: "request/payload-too-large",
    field: "/bundle",
  },
  invalid("PATCH /api/v1/integrations/{id}", {
    kind: "refused",
    what: "an icon from a page without TLS",
    of: "icon",
    request: { body: { icon: "http://icons.example/a.png" } },
  }),
  invalid("POST /api/v1/integrations/{id}/versions/{number}/withdraw", {
    kind: "refused",
    what: "a blank reason",
    of: "reason",
    request: { body: { reason: " " } },
  }),
  notThere("GET /api/v1/integrations/{id}/versions/{number}/config-schema", {
    kind: "unknown id",
    what: "a version of another integration",
    request: ({ widening }) => ({ params: { id: widening } }),
    names: ({ widening }) => widening,
  }),
];
