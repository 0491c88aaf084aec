import { type Definition, definitionSchema } from "#contract/definition.ts";
import type { ConfigValues, Instance } from "#contract/api/instances.ts";
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

/** `name=text` as the variable's type has it. What does not fit is sent as text: the server says what is wrong. */
export function parseConfigPairs(
  definition: Definition,
  pairs: Readonly<Record<string, string>>,
): ConfigValues {
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
