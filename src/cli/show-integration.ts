import type { Integration } from "#contract/api/integrations.ts";

/** What a person wants to know of an integration. */
export function integrationRows(integration: Integration): [name: string, value: string | null][] {
  const { latestVersion } = integration;
  return [
    ["id", integration.id],
    ["key", integration.key],
    ["name", integration.name],
    ["description", integration.description],
    ["category", integration.category],
    ["latest version", latestVersion === 0 ? "none: all are withdrawn" : String(latestVersion)],
    ["created", integration.createdAt],
    ["updated", integration.updatedAt],
    ["documentation", integration.documentation],
  ];
}
