import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveIntegration } from "../resolve-name.ts";
import { integrationRows } from "../show-integration.ts";

export const addIntegrationsGet: AddCommand = (program, cli) => {
  program
    .command("integrations:get <integration>")
    .description("show an integration, by key or id")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      const integration = await answer(
        client.http.GET("/api/v1/integrations/{id}", { params: { path: { id } } }),
      );
      printOne(cli.output, { item: integration, rows: integrationRows(integration), format });
    });
};
