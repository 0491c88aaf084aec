import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type CallTriggerInput = Extract<DefinitionInput["flows"][number]["trigger"], { type: "call" }>;

/** Runs when a step of another flow starts it by `flows.start`, and at nothing else: it has no URL and no schedule. */
export function onCall(): CallTriggerInput {
  return declared({ type: "call" });
}
