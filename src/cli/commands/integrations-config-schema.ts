import { Option } from "commander";
import { AUDIENCES } from "#contract/config-schema.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, parseCount } from "../create-cli.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsConfigSchema: AddCommand = (program, cli) => {
  program
    .command("integrations:config-schema <integration>")
    .description("print the config values of a version as a JSON Schema, with hints for a form")
    .option("--version-number <n>", "the latest where it is left out", parseCount)
    .addOption(
      new Option("--audience <who>", "whose form it is for").choices(AUDIENCES).default("organization"),
    )
    .action(async (name: string, { versionNumber, audience }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      const latest = async () =>
        (await answer(client.http.GET("/api/v1/integrations/{id}", { params: { path: { id } } })))
          .latestVersion;
      const number: number = versionNumber ?? (await latest());
      const schema = await answer(
        client.http.GET("/api/v1/integrations/{id}/versions/{number}/config-schema", {
          params: { path: { id, number }, query: { audience } },
        }),
      );
      cli.output.write(`${JSON.stringify(schema, null, 2)}\n`);
    });
};
