import { z } from "zod";
import { id, timestamp } from "./fields.ts";

export const auditQuery = z.strictObject({
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,200}$/, "must be the nextCursor of an earlier answer")
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
  granted: z
    .enum(["true", "false"])
    .transform((value) => value === "true")
    .optional()
    .meta({ description: "Only what was allowed, or only what was refused" }),
});

export const accessSchema = z
  .object({
    at: timestamp,
    permission: z.enum(["net", "env"]),
    value: z.string().meta({ description: "host:port, or a variable's name" }),
    granted: z.boolean(),
    address: z.string().nullable().meta({ description: "Connected to, or refused for" }),
    reason: z.string().nullable().meta({ description: "Why it was refused" }),
    path: z.string().meta({ description: "Of the step" }),
    generation: z.int(),
    attempt: z.int(),
    stepAttempt: z.int(),
  })
  .meta({ id: "Access" });
export type Access = z.output<typeof accessSchema>;

export const auditPageSchema = z.object({
  organizationId: id,
  items: z.array(accessSchema),
  nextCursor: z.string().nullable().meta({ description: "null on the last page" }),
  dropped: z.int().meta({ description: "Accesses beyond those that are kept for each try of a step" }),
});
