import { z } from "zod";
import { LIMITS } from "./limits.ts";

/** How a flow's endpoint verifies a request, on the raw bytes, before anything is stored. */
export const signatureSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("github") }),
  z.strictObject({ type: z.literal("stripe"), toleranceMs: z.int().positive().default(300_000) }),
  z.strictObject({ type: z.literal("slack"), toleranceMs: z.int().positive().default(300_000) }),
  z.strictObject({ type: z.literal("shopify") }),
  z.strictObject({ type: z.literal("standard-webhooks") }),
  z.strictObject({
    type: z.literal("hmac"),
    algorithm: z.enum(["sha256", "sha1", "sha512"]),
    header: z.string().min(1).max(200),
    encoding: z.enum(["hex", "base64", "base64url"]).default("hex"),
    /** Stands before the signature in the header: `sha256=`. */
    prefix: z.string().max(50).default(""),
    /** Header with the time of signing in seconds; signed as `<timestamp><separator><body>`. */
    timestamp: z
      .strictObject({
        header: z.string().min(1).max(200),
        separator: z.string().max(5).default("."),
        toleranceMs: z.int().positive().default(300_000),
      })
      .optional(),
  }),
]);
export type SignatureConfig = z.output<typeof signatureSchema>;

/** What a signature is called in short in an author's source: `signature: "github"`. */
export const signatureInputSchema = z.union([
  z
    .enum(["github", "stripe", "slack", "shopify", "standard-webhooks"])
    .transform((type) => signatureSchema.parse({ type })),
  signatureSchema,
]);

/** Where the de-duplication key comes from. `Idempotency-Key` and `webhook-id` are honoured in any case. */
export const dedupeSchema = z.strictObject({
  header: z.string().min(1).max(200).optional(),
  /** Dotted path into a JSON body: `data.id`. */
  jsonPath: z.string().min(1).max(200).optional(),
  /** For senders without keys: equal bodies within the window are one. */
  bodyHash: z.boolean().default(false),
  windowMs: z.int().min(1_000).max(LIMITS.dedupWindowMaxMs).default(LIMITS.dedupWindowMs),
});
export type DedupeConfig = z.output<typeof dedupeSchema>;

/** What a sender gets in place of the receipt, once its request is committed: some take nothing but 200. */
export const webhookResponseSchema = z.strictObject({
  status: z.int().min(200).max(299).default(200),
  contentType: z
    .string()
    .regex(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w."-]+)*$/, "must be a media type such as text/plain")
    .max(200)
    .default("text/plain; charset=utf-8"),
  body: z.string().max(LIMITS.webhookResponseCharacters).default(""),
});
export type WebhookResponse = z.output<typeof webhookResponseSchema>;

/** The sender waits for what the flow answers; in time or not, the execution goes its way. */
export const replySchema = z.strictObject({
  /** By key, the step whose output is the answer. Left out: the flow's last one. */
  step: z.string().min(1).max(63).optional(),
  /** After that the sender gets `response`, or the receipt. */
  withinMs: z.int().min(100).max(LIMITS.replyMaxMs).default(LIMITS.replyMs),
});

export const webhookTriggerSchema = z.strictObject({
  type: z.literal("webhook"),
  /** API keys in the `Api-Key` header: `optional` checks a key that is sent; `required` refuses without. */
  apiKeys: z.enum(["none", "optional", "required"]).default("none"),
  signature: signatureInputSchema.optional(),
  dedupe: dedupeSchema.optional(),
  /** Answered without an execution. */
  handshake: z.enum(["slack", "meta"]).optional(),
  /** What senders get while the instance is paused: 503, held until unpause, or 202 and dropped. */
  whenPaused: z.enum(["refuse", "hold", "drop"]).default("refuse"),
  /** Left out, senders get 202 with the execution's id and its status URL. */
  response: webhookResponseSchema.optional(),
  /** Senders wait for a step's answer; `response` is then what they get where it does not come in time. */
  reply: replySchema.optional(),
});
export type WebhookTrigger = z.output<typeof webhookTriggerSchema>;

/** What the sender of an accepted webhook gets. */
export interface WebhookReceipt {
  executionId: string;
  statusUrl: string;
  duplicate: boolean;
}
