import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type WebhookTriggerInput = Extract<DefinitionInput["flows"][number]["trigger"], { type: "webhook" }>;

/**
 * A trigger by HTTP: each instance gets a URL of its own at its first deploy. `signature` is checked on the raw
 * bytes before anything is stored; `dedupe` says what makes two requests the same.
 */
export function webhook(options: Omit<WebhookTriggerInput, "type"> = {}): WebhookTriggerInput {
  return declared({ type: "webhook", ...options });
}
