import { z } from "zod";
import { KEY } from "../definition.ts";
import { id, name, storable, timestamp } from "./fields.ts";
import { givenHeaders, isEncodedBody, NOT_ENCODED } from "./given-webhook.ts";
import { scheduleSummarySchema } from "./schedules.ts";

export const flowSchema = z
  .object({
    id,
    key: z.string(),
    name: z.string(),
    instanceId: id,
    webhookUrl: z.string().meta({ description: "Holds the endpoint's token: treat it as a secret" }),
    trigger: z.looseObject({ type: z.string() }),
    schedule: scheduleSummarySchema.nullable().meta({ description: "null: begun by something else" }),
    security: z.object({
      apiKeys: z.enum(["none", "optional", "required"]),
      activeApiKeys: z.int(),
      signature: z.string().nullable(),
      signingSecret: z.enum(["not-needed", "missing", "set"]),
    }),
    removed: z.boolean().meta({ description: "Not, or no longer, in the deployed version: answers 410" }),
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
  apiKey: z
    .string()
    .regex(
      /^[\x21-\x7e]{20,200}$/,
      "must be 20 to 200 visible ASCII characters without spaces; leave it out to have one generated",
    )
    .optional()
    .meta({ description: "One of your own; left out, one is generated" }),
});

export const createdApiKeySchema = z
  .object({ id, name: z.string(), apiKey: z.string().meta({ description: "Shown once" }) })
  .meta({ id: "CreatedApiKey" });

export const apiKeyParams = z.strictObject({ id, keyId: id });

export const endpointRequestSchema = z
  .object({
    at: timestamp,
    status: z.int().meta({ description: "What the sender was answered: 202 for what was stored" }),
    code: z.string().meta({ description: "`accepted`, or the code of the refusal (docs/errors.md)" }),
    reason: z.string(),
    method: z.string(),
    bodyBytes: z.int().nullable(),
    executionId: id.nullable(),
  })
  .meta({ id: "EndpointRequest" });
export type EndpointRequest = z.output<typeof endpointRequestSchema>;

export const endpointRequestsQuery = z.strictObject({
  only: z.enum(["accepted", "refused"]).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});

/** A list that is short by its nature. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item) });
}

export const flowKeyParams = z.strictObject({ id, key: z.string().regex(KEY, "must be a flow's key") });

const madeUpWebhook = z.strictObject({
  draft: z
    .boolean()
    .default(false)
    .meta({ description: "Runs the saved draft, in a revision of its own that is never deployed" }),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST"),
  path: storable
    .max(2_000)
    .regex(/^(\/.*)?$/, "must be empty or begin with a slash")
    .default(""),
  query: storable.max(10_000).default(""),
  contentType: storable.max(200).default("application/json"),
  headers: givenHeaders,
  body: z.string().default(""),
  encoding: z.enum(["utf8", "base64"]).default("utf8"),
});
export const testFlowBody = madeUpWebhook.refine(isEncodedBody, NOT_ENCODED);
export type TestFlowBody = z.output<typeof testFlowBody>;
