import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type DeployTriggerInput = Extract<DefinitionInput["flows"][number]["trigger"], { type: "deploy" }>;

/** Runs each time that an instance is deployed: the place to register a webhook with the third party. */
export function onDeploy(): DeployTriggerInput {
  return declared({ type: "deploy", on: "deploy" });
}

/** Runs before an instance is deleted: the place to undo what `onDeploy` did. */
export function onDelete(): DeployTriggerInput {
  return declared({ type: "deploy", on: "delete" });
}
