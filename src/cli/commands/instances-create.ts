import { answer } from "../api-client.ts";
import {
  type AddCommand,
  collectPairs,
  connectApi,
  formatOption,
  labelOption,
  parseCount,
} from "../create-cli.ts";
import { printOne } from "../output.ts";
import { fetchDefinition, parseConfigPairs } from "../parse-config-pairs.ts";
import { resolveCustomer, resolveIntegration } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesCreate: AddCommand = (program, cli) => {
  program
    .command("instances:create <name>")
    .description("create an instance; nothing is deployed yet")
    .requiredOption("--customer <customer>", "name or id")
    .requiredOption("--integration <integration>", "key or id")
    .option("--version-number <n>", "the latest where it is left out", parseCount)
    .option("--description <text>", "for people")
    .addOption(labelOption("may be given several times"))
    .option("--set <name=value>", "a config value, may be given several times", collectPairs)
    .addOption(formatOption())
    .action(async (name: string, { customer, integration, versionNumber, ...options }, command) => {
      const client = await connectApi(cli, command);
      const [customerId, integrationId] = await Promise.all([
        resolveCustomer(client, customer),
        resolveIntegration(client, integration),
      ]);
      const { description, label: labels, set = {}, output: format } = options;
      const version =
        versionNumber ??
        (
          await answer(
            client.http.GET("/api/v1/integrations/{id}", { params: { path: { id: integrationId } } }),
          )
        ).latestVersion;
      const config = parseConfigPairs(await fetchDefinition(client, { integrationId, version }), set);
      const body = { name, customerId, integrationId, version, description, labels, config };
      const instance = await answer(client.http.POST("/api/v1/instances", { body }));
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
