import { describeWidening } from "#contract/permission-sets.ts";
import type { Version } from "#contract/api/integrations.ts";
import { type AddCommand, connectApi, formatOption, limitOption } from "../create-cli.ts";
import { printList } from "../output.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsVersions: AddCommand = (program, cli) => {
  program
    .command("integrations:versions <integration>")
    .description("list the versions of an integration, newest first")
    .addOption(limitOption())
    .addOption(formatOption())
    .action(async (integration: string, { limit, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, integration);
      const items = await client.list("/api/v1/integrations/{id}/versions", { path: { id }, limit });
      const columns = [
        { title: "version", value: (version: Version) => version.number },
        { title: "widens", value: (version: Version) => version.widens.map(describeWidening).join(", ") },
        { title: "note", value: (version: Version) => version.note },
        { title: "commit", value: (version: Version) => version.commit },
        { title: "bundle", value: (version: Version) => version.bundleSha256.slice(0, 12) },
        { title: "published", value: (version: Version) => version.createdAt },
      ];
      printList(cli.output, { items, columns, format });
    });
};
