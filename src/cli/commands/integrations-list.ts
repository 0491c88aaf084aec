import type { Integration } from "#contract/api/integrations.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";

export const addIntegrationsList: AddCommand = (program, cli) => {
  const list = program
    .command("integrations:list")
    .description("list integrations, newest first")
    .option("--search <text>", "part of the name, key or description")
    .option("--category <category>", "the whole category")
    .addOption(limitOption());
  addListOptions(list).action(async ({ search, category, limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const columns = [
      { title: "id", value: (integration: Integration) => integration.id },
      { title: "key", value: (integration: Integration) => integration.key },
      { title: "name", value: (integration: Integration) => integration.name },
      { title: "version", value: (integration: Integration) => integration.latestVersion },
      { title: "updated", value: (integration: Integration) => integration.updatedAt },
    ];
    await showList(cli, view, {
      columns,
      read: () => client.list("/api/v1/integrations", { query: { search, category }, limit }),
    });
  });
};
