import { hash } from "node:crypto";
import type { SignatureCheck } from "#contract/api/signature-check.ts";
import { LIMITS } from "#contract/limits.ts";
import type { SignatureConfig } from "#contract/webhook.ts";
import { findCauses, findHeaderCauses } from "./signature-causes.ts";
import { readSignedParts, type SignedParts } from "./signed-parts.ts";
import { computeSignature, type SignedRequest, verifySignature } from "./verify-signature.ts";

/**
 * Says why a signature fits or not, to whoever operates the flow.
 *
 * 1. It verifies as the endpoint does: by the same function, so both never disagree.
 * 2. Of the signature that was expected it tells the first characters: enough to compare with one's own, too few to
 *    send as one. With the whole of it this would sign whatever it is asked about.
 * 3. Of the secret it tells nothing but whether the given signature fits a usual misreading of it.
 */
export function explainSignature(config: SignatureConfig, request: SignedRequest): SignatureCheck {
  const reason = verifySignature(config, request) ?? null;
  const parts = readSignedParts(config, request);
  const verdict = { verified: reason === null, scheme: config.type, reason };
  if ("problem" in parts)
    return { ...verdict, ...NOTHING_SIGNED, causes: findHeaderCauses(request.headers, parts.problem) };
  return {
    ...verdict,
    causes: reason === null ? [] : findCauses(parts, request),
    header: parts.header,
    received: parts.value,
    expected: beginningOf(parts, request.body),
    algorithm: `HMAC-${parts.algorithm.toUpperCase()}, ${parts.encoding}`,
    ...describeBaseString(parts, request.body),
    time: parts.time
      ? {
          header: parts.time.header,
          value: parts.time.text ?? null,
          toleranceMs: parts.time.toleranceMs,
        }
      : null,
  };
}

/** Of a flow whose secret is not there, or of a request that has nothing to compare. */
export const NOTHING_SIGNED = {
  header: null,
  received: null,
  expected: null,
  algorithm: null,
  baseString: null,
  baseStringBytes: null,
  baseStringSha256: null,
  time: null,
} as const;

/** 32 of at least 160 bits. */
const SHOWN_CHARACTERS = { hex: 8, base64: 5, base64url: 5 } as const;

function beginningOf(parts: SignedParts, body: Buffer): string {
  const signature = computeSignature(parts, body).toString(parts.encoding);
  return `${parts.prefix}${signature.slice(0, SHOWN_CHARACTERS[parts.encoding])}… (${signature.length} characters)`;
}

function describeBaseString({ lead }: SignedParts, body: Buffer) {
  const signed = Buffer.concat([Buffer.from(lead), body]);
  const text = signed.subarray(0, LIMITS.signatureBaseBytes).toString("utf8");
  return {
    baseString: signed.length > LIMITS.signatureBaseBytes ? `${text}…` : text,
    baseStringBytes: signed.length,
    baseStringSha256: hash("sha256", signed),
  };
}
