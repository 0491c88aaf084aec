import { type BadRow, invalid } from "./bad-row.ts";

export const ACCESS_ROWS: BadRow[] = [
  invalid("POST /api/v1/tokens", {
    kind: "refused",
    what: "a token for 1,000 days",
    of: "expiresInDays",
    request: { body: { name: "t", expiresInDays: 1_000 } },
  }),
  invalid("POST /api/v1/tokens", {
    kind: "refused",
    what: "a blank name",
    of: "name",
    request: { body: { name: " " } },
  }),
];
