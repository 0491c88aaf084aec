import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, parseCount } from "../create-cli.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsConfigSchema: AddCommand = (program, cli) => {
  program
    .command("integrations:config-schema <integration>")
    .description("print the config values of a version as a JSON Schema, with hints for a form")
    .option("--version-number <n>", "the latest where it is left out", parseCount)
    .action(async (name: string, { versionNumber }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      const latest = async () =>
        (await answer(client.http.GET("/api/v1/integrations/{id}", { params: { path: { id } } })))
          .latestVersion;
      const number: number = versionNumber ?? (await latest());
      const schema = await answer(
        client.http.GET("/api/v1/integrations/{id}/versions/{number}/config-schema", {
          params: { path: { id, number } },
        }),
      );
      cli.output.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
};
