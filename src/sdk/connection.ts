import type { DefinitionInput } from "#contract/definition.ts";

type Declaration = NonNullable<DefinitionInput["connections"]>[string];

/**
 * An account at a third party, bound to a credential of the customer when an instance is made. The secret never
 * reaches a step: the engine adds it to requests to the connection's hosts.
 */
export const connection = {
  /** A key sent in a header, `Authorization` unless it says otherwise, behind `prefix`: `"Bearer "`. */
  apiKey: (options: Omit<Declaration, "type">): Declaration => ({ type: "api-key", ...options }),
};
