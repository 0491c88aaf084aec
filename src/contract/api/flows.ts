import { z } from "zod";
import { id, name, timestamp } from "./fields.ts";

export const flowSchema = z
  .object({
    id,
    key: z.string(),
    name: z.string(),
    instanceId: id,
    webhookUrl: z.string().meta({ description: "Holds the endpoint's token: treat it as a secret" }),
    trigger: z.looseObject({ type: z.string() }),
    security: z.object({
      apiKeys: z.enum(["none", "optional", "required"]),
      activeApiKeys: z.int(),
      signature: z.string().nullable(),
      signingSecret: z.enum(["not-needed", "missing", "set"]),
    }),
    removed: z.boolean().meta({ description: "No longer in the deployed version: answers 410" }),
    createdAt: timestamp,
  })
  .meta({ id: "Flow" });
export type Flow = z.output<typeof flowSchema>;

export const signingSecretBody = z.strictObject({
  secret: z.string().min(1).max(1_000).meta({ description: "Written only: nothing reads it back" }),
});

export const apiKeySchema = z
  .object({
    id,
    name: z.string(),
    hint: z.string().meta({ description: "Its last characters" }),
    createdBy: id.nullable(),
    createdAt: timestamp,
    lastUsedAt: timestamp.nullable(),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.output<typeof apiKeySchema>;

export const createApiKeyBody = z.strictObject({
  name,
  apiKey: z.string().optional().meta({ description: "One of your own; left out, one is generated" }),
});

export const createdApiKeySchema = z
  .object({ id, name: z.string(), apiKey: z.string().meta({ description: "Shown once" }) })
  .meta({ id: "CreatedApiKey" });

export const apiKeyParams = z.strictObject({ id, keyId: id });

export const refusedRequestSchema = z
  .object({
    at: timestamp,
    status: z.int(),
    code: z.string(),
    reason: z.string(),
    method: z.string(),
    bodyBytes: z.int().nullable(),
  })
  .meta({ id: "RefusedRequest" });

/** A list that is short by its nature. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item) });
}

export const testFlowBody = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
  path: z
    .string()
    .max(2_000)
    .regex(/^(\/.*)?$/, "must be empty or begin with a slash")
    .default(""),
  query: z.string().max(10_000).default(""),
  contentType: z.string().max(200).default("application/json"),
  headers: z.record(z.string().min(1).max(200), z.string().max(10_000)).default({}),
  body: z.string().default(""),
  encoding: z.enum(["utf8", "base64"]).default("utf8"),
});
export type TestFlowBody = z.output<typeof testFlowBody>;
