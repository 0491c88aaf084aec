import { type Definition, definitionSchema } from "#contract/definition.ts";
import type { Instance } from "#contract/api/instances.ts";
import type { Version } from "#contract/api/integrations.ts";
import type { JsonObject } from "#contract/json.ts";
import type { ApiClient } from "./api-client.ts";

/** The definition of the version that an instance is set to. */
export async function fetchDefinition(
  client: ApiClient,
  instance: Pick<Instance, "integrationId" | "version">,
): Promise<Definition> {
  const { integrationId, version } = instance;
  const { definition } = await client.get<Version>(`/integrations/${integrationId}/versions/${version}`);
  return definitionSchema.parse(definition);
}

/** `name=text` as the variable's type has it. What does not fit is sent as text: the server says what is wrong. */
export function parseConfigPairs(
  definition: Definition,
  pairs: Readonly<Record<string, string>>,
): JsonObject {
  return Object.fromEntries(
    Object.entries(pairs).map(([key, text]) => {
      const type = Object.hasOwn(definition.config, key) ? definition.config[key]?.type : undefined;
      if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text)))
        return [key, Number(text)];
      if (type === "boolean" && (text === "true" || text === "false")) return [key, text === "true"];
      return [key, text];
    }),
  );
}
