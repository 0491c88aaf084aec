import type { IncomingHttpHeaders } from "node:http";
import { EngineError } from "#contract/errors.ts";
import type { WebhookTrigger } from "#contract/webhook.ts";
import type { Vault } from "#vault/create-vault.ts";
import type { Endpoint } from "./endpoint.ts";
import { verifySignature } from "./verify-signature.ts";

const API_KEY_HEADER = "Api-Key";

/** Why there is nothing to verify a signature with. */
export const SECRET_PROBLEMS = {
  none: "The flow has no signing secret; set the one that the sender signs with",
  broken: "The flow's signing secret does not open; set it again",
} as const;

/**
 * Checks `Api-Key` before the body is read. Returns the id of the key that fits, where one was needed or sent.
 *
 * @throws EngineError `request/unauthenticated` for a missing, wrong or revoked key
 */
export function checkApiKey(
  vault: Pick<Vault, "matchesApiKey">,
  request: { endpoint: Endpoint; trigger: WebhookTrigger; headers: IncomingHttpHeaders },
): string | undefined {
  const { endpoint, trigger, headers } = request;
  if (trigger.apiKeys === "none") return undefined;
  const given = headers["api-key"];
  if (given === undefined && trigger.apiKeys === "optional") return undefined;
  if (typeof given !== "string" || given === "")
    throw refusal(`${API_KEY_HEADER} is missing`, API_KEY_HEADER);
  const hashes = endpoint.apiKeys.map((key) => key.hash);
  if (!vault.matchesApiKey(given, hashes))
    throw refusal(`${API_KEY_HEADER} is wrong or revoked`, API_KEY_HEADER);
  // Which one it is may take its time: the answer is settled.
  return endpoint.apiKeys.find((key) => vault.matchesApiKey(given, [key.hash]))?.id;
}

/**
 * Checks the signature over the body as it was sent. Without a usable secret nothing passes.
 *
 * @throws EngineError `request/unauthenticated`
 */
export function authenticate(request: {
  endpoint: Endpoint;
  trigger: WebhookTrigger;
  headers: IncomingHttpHeaders;
  body: Buffer;
  nowMs: number;
}): void {
  const { endpoint, trigger, headers, body, nowMs } = request;
  if (trigger.signature === undefined) return;
  const { secret } = endpoint;
  if (secret.type !== "open") throw refusal(SECRET_PROBLEMS[secret.type]);
  const reason = verifySignature(trigger.signature, { headers, body, secret: secret.key, nowMs });
  if (reason !== undefined) throw refusal(reason);
}

function refusal(reason: string, field?: string): EngineError {
  return new EngineError("request/unauthenticated", reason, field === undefined ? {} : { field });
}
