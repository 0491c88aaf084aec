import type { Integration } from "#contract/api/integrations.ts";
import { type AddCommand, connectApi, formatOption, limitOption } from "../create-cli.ts";
import { printList } from "../output.ts";

export const addIntegrationsList: AddCommand = (program, cli) => {
  program
    .command("integrations:list")
    .description("list integrations, newest first")
    .option("--search <text>", "part of the name or key")
    .addOption(limitOption())
    .addOption(formatOption())
    .action(async ({ search, limit, output: format }, command) => {
      const client = await connectApi(cli, command);
      const items = await client.list("/api/v1/integrations", { query: { search }, limit });
      const columns = [
        { title: "id", value: (integration: Integration) => integration.id },
        { title: "key", value: (integration: Integration) => integration.key },
        { title: "name", value: (integration: Integration) => integration.name },
        { title: "version", value: (integration: Integration) => integration.latestVersion },
        { title: "updated", value: (integration: Integration) => integration.updatedAt },
      ];
      printList(cli.output, { items, columns, format });
    });
};
