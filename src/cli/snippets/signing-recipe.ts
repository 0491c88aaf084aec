import { assertNever } from "#contract/assert-never.ts";
import type { SignatureConfig, WebhookTrigger } from "#contract/webhook.ts";

/** A piece of text that a snippet puts together when it runs: fixed text, or one of its variables. */
export type Piece = { text: string } | "time" | "id" | "signature";

/** How a sender signs for a flow, in no language. */
export interface SigningRecipe {
  /** For people: `github`. */
  scheme: string;
  /** Undefined where nothing is signed. */
  signing?: {
    algorithm: "sha256" | "sha1" | "sha512";
    encoding: "hex" | "base64" | "base64url";
    /** The secret is text, or base64 with `whsec_` before it. */
    secret: "text" | "base64";
    /** What is signed before the body. */
    lead: Piece[];
  };
  headers: { name: string; value: Piece[] }[];
  needsApiKey: boolean;
}

const fixed = (text: string): Piece => ({ text });

export function signingRecipe({ signature, apiKeys, dedupe }: WebhookTrigger): SigningRecipe {
  const signed: Pick<SigningRecipe, "signing" | "headers"> =
    signature === undefined ? { headers: [] } : signedBy(signature);
  const known = new Set(signed.headers.map(({ name }) => name.toLowerCase()));
  const dedupeHeader = dedupe?.header;
  const own =
    dedupeHeader === undefined || known.has(dedupeHeader.toLowerCase())
      ? []
      : [{ name: dedupeHeader, value: ["id" as const] }];
  return {
    ...signed,
    scheme: signature?.type ?? "not signed",
    headers: [{ name: "Content-Type", value: [fixed("application/json")] }, ...own, ...signed.headers],
    needsApiKey: apiKeys === "required",
  };
}

const SHA256 = { algorithm: "sha256", secret: "text" } as const;

function signedBy(config: SignatureConfig): Pick<SigningRecipe, "signing" | "headers"> {
  switch (config.type) {
    case "github":
      return {
        signing: { ...SHA256, encoding: "hex", lead: [] },
        headers: [{ name: "X-Hub-Signature-256", value: [fixed("sha256="), "signature"] }],
      };
    case "shopify":
      return {
        signing: { ...SHA256, encoding: "base64", lead: [] },
        headers: [{ name: "X-Shopify-Hmac-Sha256", value: ["signature"] }],
      };
    case "stripe":
      return {
        signing: { ...SHA256, encoding: "hex", lead: ["time", fixed(".")] },
        headers: [{ name: "Stripe-Signature", value: [fixed("t="), "time", fixed(",v1="), "signature"] }],
      };
    case "slack":
      return {
        signing: { ...SHA256, encoding: "hex", lead: [fixed("v0:"), "time", fixed(":")] },
        headers: [
          { name: "X-Slack-Request-Timestamp", value: ["time"] },
          { name: "X-Slack-Signature", value: [fixed("v0="), "signature"] },
        ],
      };
    case "standard-webhooks":
      return {
        signing: {
          ...SHA256,
          secret: "base64",
          encoding: "base64",
          lead: ["id", fixed("."), "time", fixed(".")],
        },
        headers: [
          { name: "webhook-id", value: ["id"] },
          { name: "webhook-timestamp", value: ["time"] },
          { name: "webhook-signature", value: [fixed("v1,"), "signature"] },
        ],
      };
    case "hmac":
      return signedByHmac(config);
    default:
      return assertNever(config);
  }
}

function signedByHmac({
  algorithm,
  encoding,
  header,
  prefix,
  timestamp,
}: Extract<SignatureConfig, { type: "hmac" }>): Pick<SigningRecipe, "signing" | "headers"> {
  const lead: Piece[] = timestamp === undefined ? [] : ["time", fixed(timestamp.separator)];
  return {
    signing: { algorithm, encoding, secret: "text", lead },
    headers: [
      ...(timestamp === undefined ? [] : [{ name: timestamp.header, value: ["time" as const] }]),
      { name: header, value: [...(prefix === "" ? [] : [fixed(prefix)]), "signature"] },
    ],
  };
}

/** Whether a snippet needs a variable at all. */
export function usesPiece({ signing, headers }: SigningRecipe, piece: "time" | "id"): boolean {
  return [...(signing?.lead ?? []), ...headers.flatMap(({ value }) => value)].includes(piece);
}

/** The variables of a snippet's environment that hold them. */
export function secretsOf({ signing, needsApiKey }: SigningRecipe): string[] {
  return [...(signing === undefined ? [] : ["SIGNING_SECRET"]), ...(needsApiKey ? ["API_KEY"] : [])];
}
