import type { IncomingHttpHeaders } from "node:http";
import { assertNever } from "#contract/assert-never.ts";
import type { SignatureConfig } from "#contract/webhook.ts";

/** What a scheme signs, and where a request has its signature: read from the headers, before anything is compared. */
export interface SignedParts {
  /** The header that holds the signature, as its provider spells it. */
  header: string;
  /** Its whole value. */
  value: string;
  algorithm: SignatureAlgorithm;
  key: Buffer;
  /** Signed before the body. */
  lead: string;
  encoding: SignatureEncoding;
  /** Stands before a signature in the header. */
  prefix: string;
  /** The signatures in the header, prefixes taken off; several while a secret is rolled. */
  candidates: string[];
  /** Where the scheme has one: the time of signing, and how old it may be. */
  time?: SignedTime;
}
export type SignatureAlgorithm = "sha256" | "sha1" | "sha512";
export type SignatureEncoding = "hex" | "base64" | "base64url";

export interface SignedTime {
  header: string;
  text: string | undefined;
  toleranceMs: number;
}

/** Why there is nothing to compare, fit for the sender's eyes. */
export interface Unsigned {
  problem: string;
}

interface Sent {
  headers: IncomingHttpHeaders;
  /** As it was set: text of the provider's form (`whsec_…` included). */
  secret: Buffer;
}

const STANDARD_TOLERANCE_MS = 300_000;
const STANDARD_PREFIX = "whsec_";

export function readSignedParts(config: SignatureConfig, sent: Sent): SignedParts | Unsigned {
  switch (config.type) {
    case "github":
      // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
      return readPlain(sent, { header: "X-Hub-Signature-256", prefix: "sha256=", encoding: "hex" });
    case "shopify":
      // https://shopify.dev/docs/apps/build/webhooks/verify-deliveries
      return readPlain(sent, { header: "X-Shopify-Hmac-Sha256", prefix: "", encoding: "base64" });
    case "stripe":
      return readStripe(config.toleranceMs, sent);
    case "slack":
      return readSlack(config.toleranceMs, sent);
    case "standard-webhooks":
      return readStandard(sent);
    case "hmac":
      return readHmac(config, sent);
    default:
      return assertNever(config);
  }
}

function readPlain(
  { headers, secret }: Sent,
  scheme: Pick<SignedParts, "header" | "prefix" | "encoding">,
): SignedParts | Unsigned {
  const value = headerOf(headers, scheme.header);
  if (value === undefined) return { problem: `${scheme.header} is missing` };
  const candidates = withoutPrefix(value, scheme.prefix);
  return { ...scheme, value, algorithm: "sha256", key: secret, lead: "", candidates };
}

/** https://docs.stripe.com/webhooks/signature: several v1 while a secret is rolled. */
function readStripe(toleranceMs: number, { headers, secret }: Sent): SignedParts | Unsigned {
  const header = "Stripe-Signature";
  const value = headerOf(headers, header);
  if (value === undefined) return { problem: `${header} is missing` };
  const parts = value.split(",").map((part) => part.trim().split("=", 2));
  const time = parts.find(([name]) => name === "t")?.[1];
  return {
    header,
    value,
    algorithm: "sha256",
    key: secret,
    lead: `${time}.`,
    encoding: "hex",
    prefix: "v1=",
    candidates: parts.filter(([name]) => name === "v1").map(([, signature]) => signature ?? ""),
    time: { header, text: time, toleranceMs },
  };
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
function readSlack(toleranceMs: number, { headers, secret }: Sent): SignedParts | Unsigned {
  const [header, timeHeader] = ["X-Slack-Signature", "X-Slack-Request-Timestamp"];
  const value = headerOf(headers, header);
  const time = headerOf(headers, timeHeader);
  if (value === undefined || time === undefined) return { problem: `${header} or ${timeHeader} is missing` };
  return {
    header,
    value,
    algorithm: "sha256",
    key: secret,
    lead: `v0:${time}:`,
    encoding: "hex",
    prefix: "v0=",
    candidates: withoutPrefix(value, "v0="),
    time: { header: timeHeader, text: time, toleranceMs },
  };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function readStandard({ headers, secret }: Sent): SignedParts | Unsigned {
  const [header, idHeader, timeHeader] = ["webhook-signature", "webhook-id", "webhook-timestamp"];
  const id = headerOf(headers, idHeader);
  const time = headerOf(headers, timeHeader);
  const value = headerOf(headers, header);
  if (id === undefined || time === undefined || value === undefined)
    return { problem: `${idHeader}, ${timeHeader} or ${header} is missing` };
  const text = secret.toString("utf8");
  const encoded = text.startsWith(STANDARD_PREFIX) ? text.slice(STANDARD_PREFIX.length) : text;
  const key = Buffer.from(encoded, "base64");
  if (key.length === 0)
    return {
      problem: "The signing secret that is set is not base64; set it again as the provider shows it",
    };
  const candidates = value.split(" ").map((part) => part.split(",", 2));
  return {
    header,
    value,
    algorithm: "sha256",
    key,
    lead: `${id}.${time}.`,
    encoding: "base64",
    prefix: "v1,",
    candidates: candidates.filter(([version]) => version === "v1").map(([, signature]) => signature ?? ""),
    time: { header: timeHeader, text: time, toleranceMs: STANDARD_TOLERANCE_MS },
  };
}

function readHmac(
  config: Extract<SignatureConfig, { type: "hmac" }>,
  { headers, secret }: Sent,
): SignedParts | Unsigned {
  const { header, algorithm, encoding, prefix, timestamp } = config;
  const value = headerOf(headers, header);
  if (value === undefined) return { problem: `${header} is missing` };
  const candidates = withoutPrefix(value, prefix);
  const plain = { header, value, algorithm, key: secret, lead: "", encoding, prefix, candidates };
  if (timestamp === undefined) return plain;
  const text = headerOf(headers, timestamp.header);
  if (text === undefined) return { problem: `${timestamp.header} is missing` };
  const { separator, toleranceMs } = timestamp;
  return {
    ...plain,
    lead: `${text}${separator}`,
    time: { header: timestamp.header, text, toleranceMs },
  };
}

function withoutPrefix(value: string, prefix: string): string[] {
  return value.startsWith(prefix) ? [value.slice(prefix.length)] : [];
}

/** The first value where a header came more than once is not ours to choose: Node joins them, and the join fails. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === "string" && value !== "" ? value : undefined;
}
