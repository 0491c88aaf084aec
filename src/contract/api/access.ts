import { z } from "zod";
import { ROLES } from "../policy.ts";
import { id, name, timestamp } from "./fields.ts";

export const meSchema = z
  .object({
    organizationId: id,
    role: z.enum(ROLES),
    userId: id.nullable(),
    tokenId: id.nullable(),
  })
  .meta({ id: "Me" });

export const tokenSchema = z
  .object({
    id,
    name: z.string(),
    start: z.string().meta({ description: "First characters of the token, to find it by" }),
    role: z.enum(ROLES),
    createdBy: id.nullable(),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
    expiresAt: timestamp.nullable(),
  })
  .meta({ id: "Token" });
export type Token = z.output<typeof tokenSchema>;

export const createTokenBody = z.strictObject({
  name,
  role: z.enum(ROLES).default("builder"),
  expiresInDays: z.int().min(1).max(365).optional(),
});

export const createdTokenSchema = z
  .object({
    id,
    name: z.string(),
    role: z.enum(ROLES),
    token: z.string().meta({ description: "Shown once" }),
  })
  .meta({ id: "CreatedToken" });
