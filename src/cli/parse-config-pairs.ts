import type { ConfigVariable } from "#contract/config-variable.ts";
import { type Definition, definitionSchema } from "#contract/definition.ts";
import type { Instance } from "#contract/api/instances.ts";
import type { Json, JsonObject } from "#contract/json.ts";
import { answer, type ApiClient } from "./api-client.ts";

/** The definition of the version that an instance is set to. */
export async function fetchDefinition(
  client: ApiClient,
  instance: Pick<Instance, "integrationId" | "version">,
): Promise<Definition> {
  const { integrationId, version } = instance;
  const { definition } = await answer(
    client.http.GET("/api/v1/integrations/{id}/versions/{number}", {
      params: { path: { id: integrationId, number: version } },
    }),
  );
  return definitionSchema.parse(definition);
}

/**
 * `name=text` as the variable's type has it; lists are given as JSON. What does not fit is sent as text: the server
 * says what is wrong.
 */
export function parseConfigPairs(
  definition: Definition,
  pairs: Readonly<Record<string, string>>,
): JsonObject {
  return Object.fromEntries(
    Object.entries(pairs).map(([key, text]) => {
      const type = Object.hasOwn(definition.config, key) ? definition.config[key]?.type : undefined;
      return [key, parseValue(type, text)];
    }),
  );
}

function parseValue(type: ConfigVariable["type"] | undefined, text: string): Json {
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (type === "list" || type === "key-value-list") return parseJson(text) ?? text;
  return text;
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // what JSON.parse makes
  } catch {
    return undefined; // sent as it is: the server's answer names the variable
  }
}
