import { describeWidening } from "#contract/permission-sets.ts";
import type { Version } from "#contract/api/integrations.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsVersions: AddCommand = (program, cli) => {
  const list = program
    .command("integrations:versions <integration>")
    .description("list the versions of an integration, newest first")
    .addOption(limitOption());
  addListOptions(list).action(async (integration: string, { limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveIntegration(client, integration);
    const columns = [
      { title: "version", value: (version: Version) => version.number },
      { title: "widens", value: (version: Version) => version.widens.map(describeWidening).join(", ") },
      { title: "note", value: (version: Version) => version.note },
      { title: "commit", value: (version: Version) => version.commit },
      { title: "bundle", value: (version: Version) => version.bundleSha256.slice(0, 12) },
      { title: "published", value: (version: Version) => version.createdAt },
    ];
    await showList(cli, view, {
      columns,
      read: () => client.list("/api/v1/integrations/{id}/versions", { path: { id }, limit }),
    });
  });
};
