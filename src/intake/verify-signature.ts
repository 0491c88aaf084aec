import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { assertNever } from "#contract/assert-never.ts";
import type { SignatureConfig } from "#contract/webhook.ts";

/**
 * Signatures of webhooks, over the body's bytes as they were sent. By node:crypto alone: the kept libraries
 * (`@octokit/webhooks-methods`, `standardwebhooks`) take text, so a body that is not valid UTF-8 would be verified
 * as another one; they are what the tests compare with.
 *
 * Comparison takes the same time whatever differs. Returns the reason of a refusal, fit for the sender's eyes, or
 * undefined when the signature is right.
 */
export interface SignedRequest {
  headers: IncomingHttpHeaders;
  body: Buffer;
  /** As it was set: text of the provider's form (`whsec_…` included). */
  secret: Buffer;
  nowMs: number;
}

const STANDARD_TOLERANCE_MS = 300_000;
const STANDARD_PREFIX = "whsec_";

export function verifySignature(config: SignatureConfig, request: SignedRequest): string | undefined {
  switch (config.type) {
    case "github":
      return verifyGithub(request);
    case "stripe":
      return verifyStripe(config.toleranceMs, request);
    case "slack":
      return verifySlack(config.toleranceMs, request);
    case "shopify":
      return verifyShopify(request);
    case "standard-webhooks":
      return verifyStandard(request);
    case "hmac":
      return verifyHmac(config, request);
    default:
      return assertNever(config);
  }
}

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
function verifyGithub({ headers, body, secret }: SignedRequest): string | undefined {
  const given = headerOf(headers, "x-hub-signature-256");
  if (given === undefined) return "X-Hub-Signature-256 is missing";
  const expected = createHmac("sha256", secret).update(body).digest();
  return given.startsWith("sha256=") && isEqual(given.slice(7), "hex", expected)
    ? undefined
    : wrong("X-Hub-Signature-256");
}

/** https://docs.stripe.com/webhooks/signature: several v1 while a secret is rolled. */
function verifyStripe(
  toleranceMs: number,
  { headers, body, secret, nowMs }: SignedRequest,
): string | undefined {
  const given = headerOf(headers, "stripe-signature");
  if (given === undefined) return "Stripe-Signature is missing";
  const parts = given.split(",").map((part) => part.trim().split("=", 2));
  const timestamp = parts.find(([name]) => name === "t")?.[1];
  const late = checkTime(timestamp, toleranceMs, nowMs);
  if (late !== undefined) return `Stripe-Signature: ${late}`;
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
  const candidates = parts.filter(([name]) => name === "v1");
  return candidates.some(([, value]) => isEqual(value ?? "", "hex", expected))
    ? undefined
    : wrong("Stripe-Signature");
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
function verifySlack(
  toleranceMs: number,
  { headers, body, secret, nowMs }: SignedRequest,
): string | undefined {
  const given = headerOf(headers, "x-slack-signature");
  const timestamp = headerOf(headers, "x-slack-request-timestamp");
  if (given === undefined || timestamp === undefined) {
    return "X-Slack-Signature or X-Slack-Request-Timestamp is missing";
  }
  const late = checkTime(timestamp, toleranceMs, nowMs);
  if (late !== undefined) return `X-Slack-Request-Timestamp: ${late}`;
  const expected = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest();
  return given.startsWith("v0=") && isEqual(given.slice(3), "hex", expected)
    ? undefined
    : wrong("X-Slack-Signature");
}

/** https://shopify.dev/docs/apps/build/webhooks/verify-deliveries */
function verifyShopify({ headers, body, secret }: SignedRequest): string | undefined {
  const given = headerOf(headers, "x-shopify-hmac-sha256");
  if (given === undefined) return "X-Shopify-Hmac-Sha256 is missing";
  const expected = createHmac("sha256", secret).update(body).digest();
  return isEqual(given, "base64", expected) ? undefined : wrong("X-Shopify-Hmac-Sha256");
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function verifyStandard({ headers, body, secret, nowMs }: SignedRequest): string | undefined {
  const id = headerOf(headers, "webhook-id");
  const timestamp = headerOf(headers, "webhook-timestamp");
  const given = headerOf(headers, "webhook-signature");
  if (id === undefined || timestamp === undefined || given === undefined) {
    return "webhook-id, webhook-timestamp or webhook-signature is missing";
  }
  const late = checkTime(timestamp, STANDARD_TOLERANCE_MS, nowMs);
  if (late !== undefined) return `webhook-timestamp: ${late}`;
  const text = secret.toString("utf8");
  const key = Buffer.from(
    text.startsWith(STANDARD_PREFIX) ? text.slice(STANDARD_PREFIX.length) : text,
    "base64",
  );
  if (key.length === 0)
    return "The signing secret that is set is not base64; set it again as the provider shows it";
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const candidates = given.split(" ").map((part) => part.split(",", 2));
  return candidates.some(([version, value]) => version === "v1" && isEqual(value ?? "", "base64", expected))
    ? undefined
    : wrong("webhook-signature");
}

function verifyHmac(
  config: Extract<SignatureConfig, { type: "hmac" }>,
  { headers, body, secret, nowMs }: SignedRequest,
): string | undefined {
  const given = headerOf(headers, config.header);
  if (given === undefined) return `${config.header} is missing`;
  const hmac = createHmac(config.algorithm, secret);
  if (config.timestamp !== undefined) {
    const { header, separator, toleranceMs } = config.timestamp;
    const timestamp = headerOf(headers, header);
    if (timestamp === undefined) return `${header} is missing`;
    const late = checkTime(timestamp, toleranceMs, nowMs);
    if (late !== undefined) return `${header}: ${late}`;
    hmac.update(`${timestamp}${separator}`);
  }
  const expected = hmac.update(body).digest();
  return given.startsWith(config.prefix) &&
    isEqual(given.slice(config.prefix.length), config.encoding, expected)
    ? undefined
    : wrong(config.header);
}

function wrong(header: string): string {
  return `${header} does not fit the body and the signing secret that is set`;
}

/** The first value where a header came more than once is not ours to choose: Node joins them, and the join fails. */
function headerOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Decimal seconds only: what is signed must have one spelling. */
function checkTime(timestamp: string | undefined, toleranceMs: number, nowMs: number): string | undefined {
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp))
    return "the time is missing or not in seconds";
  const ageMs = nowMs - Number(timestamp) * 1000;
  if (Math.abs(ageMs) <= toleranceMs) return undefined;
  return `the time is ${Math.round(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? "old" : "ahead"}, ${toleranceMs / 1000} s are allowed; check the sender's clock`;
}

/** Buffer.from stops at what it cannot decode, so a wrong spelling is a wrong length. */
function isEqual(given: string, encoding: "hex" | "base64" | "base64url", expected: Buffer): boolean {
  const bytes = Buffer.from(given, encoding);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
