import { hash, timingSafeEqual } from "node:crypto";
import { EngineError } from "#contract/errors.ts";
import type { IntakeAnswer } from "./intake.ts";

export type Handshake = Extract<IntakeAnswer, { type: "handshake" }>;

const CHALLENGE_BODY_BYTES = 10_000;

/**
 * Meta's verification of an endpoint: a GET with a token that both sides know, answered with the challenge.
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests
 *
 * Undefined where the request is none.
 * @throws EngineError `request/unauthenticated` for another token than the flow's signing secret
 */
export function answerMeta(
  request: { method: string; query: string },
  secret: Buffer | undefined,
): Handshake | undefined {
  if (request.method !== "GET") return undefined;
  const query = new URLSearchParams(request.query);
  const challenge = query.get("hub.challenge");
  if (query.get("hub.mode") !== "subscribe" || challenge === null) return undefined;
  const given = query.get("hub.verify_token") ?? "";
  if (secret === undefined || !isSame(given, secret)) {
    throw new EngineError(
      "request/unauthenticated",
      "hub.verify_token is not the signing secret that is set for this flow",
      { field: "hub.verify_token" },
    );
  }
  return { type: "handshake", contentType: "text/plain; charset=utf-8", body: challenge };
}

/**
 * Slack's `url_verification`, once its signature is right. Undefined where the request is none.
 * https://docs.slack.dev/reference/events/url_verification
 */
export function answerSlack(body: Buffer): Handshake | undefined {
  if (body.length > CHALLENGE_BODY_BYTES || !body.includes("url_verification")) return undefined;
  try {
    const event: unknown = JSON.parse(body.toString("utf8"));
    if (typeof event !== "object" || event === null || !("type" in event) || !("challenge" in event))
      return undefined;
    return event.type === "url_verification" && typeof event.challenge === "string"
      ? { type: "handshake", contentType: "text/plain; charset=utf-8", body: event.challenge }
      : undefined;
  } catch {
    return undefined; // not JSON: an event like any other
  }
}

/** Hashed first, so that the time tells nothing of the length either. */
function isSame(given: string, secret: Buffer): boolean {
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", secret, "buffer"));
}
