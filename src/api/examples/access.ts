import { createdTokenSchema, createTokenBody, meSchema, tokenSchema } from "#contract/api/access.ts";
import { AT, example, IDS } from "./example.ts";

export const ACCESS_EXAMPLES = [
  example(meSchema, {
    organizationId: IDS.organization,
    role: "builder",
    userId: IDS.user,
    tokenId: IDS.token,
  }),
  example(tokenSchema, {
    id: IDS.token,
    name: "Release pipeline",
    start: "mlr_9sKq",
    role: "builder",
    createdBy: IDS.user,
    createdAt: AT.made,
    lastUsedAt: AT.received,
    expiresAt: null,
  }),
  example(createTokenBody, { name: "Release pipeline", role: "builder", expiresInDays: 90 }),
  example(createdTokenSchema, {
    id: IDS.token,
    name: "Release pipeline",
    role: "builder",
    token: "mlr_9sKq7VdX2mTz5RbL8wYc1NfH4jPg6UaE3eJo0QiS",
  }),
];
