import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { SignatureConfig } from "#contract/webhook.ts";
import { readSignedParts, type SignedParts, type SignedTime } from "./signed-parts.ts";

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

export function verifySignature(config: SignatureConfig, request: SignedRequest): string | undefined {
  const parts = readSignedParts(config, request);
  if ("problem" in parts) return parts.problem;
  const late = parts.time && checkTime(parts.time, request.nowMs);
  if (late !== undefined) return late;
  return fitsBody(parts, request.body)
    ? undefined
    : `${parts.header} does not fit the body and the signing secret that is set`;
}

/** Whether one of the request's signatures is that of what the scheme signs. */
export function fitsBody(parts: SignedParts, body: Buffer): boolean {
  const expected = computeSignature(parts, body);
  return parts.candidates.some((candidate) => isEqual(candidate, parts.encoding, expected));
}

export function computeSignature(
  { algorithm, key, lead }: Pick<SignedParts, "algorithm" | "key" | "lead">,
  body: Buffer,
): Buffer {
  return createHmac(algorithm, key).update(lead).update(body).digest();
}

/** Decimal seconds only: what is signed must have one spelling. Undefined where the time is near enough. */
export function checkTime({ header, text, toleranceMs }: SignedTime, nowMs: number): string | undefined {
  if (text === undefined || !/^\d{1,12}$/.test(text))
    return `${header}: the time is missing or not in seconds`;
  const ageMs = nowMs - Number(text) * 1000;
  if (Math.abs(ageMs) <= toleranceMs) return undefined;
  return `${header}: the time is ${Math.round(Math.abs(ageMs) / 1000)} s ${ageMs > 0 ? "old" : "ahead"}, ${toleranceMs / 1000} s are allowed; check the sender's clock`;
}

/** Buffer.from stops at what it cannot decode, so a wrong spelling is a wrong length. */
function isEqual(given: string, encoding: SignedParts["encoding"], expected: Buffer): boolean {
  const bytes = Buffer.from(given, encoding);
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
