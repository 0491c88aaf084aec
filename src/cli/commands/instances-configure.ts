import { answer } from "../api-client.ts";
import { type AddCommand, collectPairs, collectWords, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { fetchDefinition, parseConfigPairs } from "../parse-config-pairs.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesConfigure: AddCommand = (program, cli) => {
  program
    .command("instances:configure <instance>")
    .description("change some config values; they take effect with the next deploy")
    .option("--set <name=value>", "may be given several times", collectPairs)
    .option("--unset <name>", "back to the default, may be given several times", collectWords)
    .addOption(formatOption())
    .action(async (name: string, { set = {}, unset = [], output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const before = await answer(client.http.GET("/api/v1/instances/{id}", { params: { path: { id } } }));
      const given = parseConfigPairs(await fetchDefinition(client, before), set);
      const values = Object.fromEntries(
        Object.entries({ ...before.config, ...given }).filter(([key]) => !unset.includes(key)),
      );
      // With its ETag: values that someone else set meanwhile are not written over.
      const instance = await answer(
        client.http.PUT("/api/v1/instances/{id}/config", {
          params: { path: { id }, header: { "if-match": `"${before.edit}"` } },
          body: { values },
        }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
