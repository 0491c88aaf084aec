import { answer } from "../api-client.ts";
import { type AddCommand, collectPairs, connectApi, formatOption, parseCount } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { fetchDefinition, parseConfigPairs } from "../parse-config-pairs.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesUpgrade: AddCommand = (program, cli) => {
  program
    .command("instances:upgrade <instance>")
    .description(
      "deploy another version as the next revision; what it would lack is listed and changes nothing",
    )
    .option("--to <version>", "its number, or latest", parseVersion)
    .option("--set <name=value>", "a value that it needs, may be given several times", collectPairs)
    .option("--note <text>", "why")
    .addOption(formatOption())
    .action(async (name: string, { to, set = {}, note, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const { integrationId, latestVersion } = await answer(
        client.http.GET("/api/v1/instances/{id}", { params: { path: { id } } }),
      );
      const version: number = to ?? latestVersion;
      const values =
        Object.keys(set).length === 0
          ? {}
          : parseConfigPairs(await fetchDefinition(client, { integrationId, version }), set);
      const instance = await answer(
        client.http.POST("/api/v1/instances/{id}/upgrade", {
          params: { path: { id } },
          body: { version, values, note },
        }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};

function parseVersion(text: string): number | undefined {
  return text === "latest" ? undefined : parseCount(text);
}
