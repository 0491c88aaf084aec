import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, parseCount } from "../create-cli.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsRestore: AddCommand = (program, cli) => {
  program
    .command("integrations:restore <integration>")
    .description("take back that a version was withdrawn")
    .requiredOption("--version-number <n>", "of the version", parseCount)
    .action(async (name: string, { versionNumber: number }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      const params = { path: { id, number } };
      await answer(client.http.POST("/api/v1/integrations/{id}/versions/{number}/restore", { params }));
      cli.output.write(`Version ${number} of ${name} can be deployed again.\n`);
    });
};
