import { z } from "zod";
import { timestamp } from "./fields.ts";
import { givenHeaders, isEncodedBody, NOT_ENCODED } from "./given-webhook.ts";

const givenWebhook = z.strictObject({
  headers: givenHeaders,
  body: z.string().default("").meta({ description: "The bytes that were signed and sent" }),
  encoding: z.enum(["utf8", "base64"]).default("utf8"),
  receivedAt: timestamp
    .optional()
    .meta({ description: "When it arrived, for schemes that sign the time; now, where it is left out" }),
});
/** A webhook as its sender sent it, or would. */
export const checkSignatureBody = givenWebhook.refine(isEncodedBody, NOT_ENCODED);
export type CheckSignatureBody = z.output<typeof checkSignatureBody>;

export const signatureCheckSchema = z
  .object({
    verified: z.boolean(),
    scheme: z.string().meta({ description: "As the flow's trigger has it", examples: ["github"] }),
    reason: z
      .string()
      .nullable()
      .meta({ description: "What the sender is told; null where the signature is right" }),
    causes: z
      .array(z.string())
      .meta({ description: "What it would fit, or what often leads to this, each with what to do" }),
    header: z.string().nullable().meta({ description: "That holds the signature" }),
    received: z.string().nullable().meta({ description: "The header's value" }),
    expected: z
      .string()
      .nullable()
      .meta({ description: "How the value should begin: too little of it to sign with" }),
    algorithm: z
      .string()
      .nullable()
      .meta({ examples: ["HMAC-SHA256, hex"] }),
    baseString: z
      .string()
      .nullable()
      .meta({ description: "What is signed, as UTF-8; its beginning where it is long" }),
    baseStringBytes: z.int().nullable(),
    baseStringSha256: z.string().nullable().meta({ description: "For the sender to compare its own with" }),
    time: z
      .object({ header: z.string(), value: z.string().nullable(), toleranceMs: z.int() })
      .nullable()
      .meta({ description: "Of signing, in seconds; null where the scheme signs none" }),
  })
  .meta({ id: "SignatureCheck" });
export type SignatureCheck = z.output<typeof signatureCheckSchema>;
