import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, parseCount } from "../create-cli.ts";
import { resolveIntegration } from "../resolve-name.ts";

export const addIntegrationsWithdraw: AddCommand = (program, cli) => {
  program
    .command("integrations:withdraw <integration>")
    .description("withdraw a version: it is not deployed anew, instances that have it keep it")
    .requiredOption("--version-number <n>", "of the version", parseCount)
    .requiredOption("--reason <text>", "shown to whoever wants to deploy it")
    .action(async (name: string, { versionNumber: number, reason }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveIntegration(client, name);
      await answer(
        client.http.POST("/api/v1/integrations/{id}/versions/{number}/withdraw", {
          params: { path: { id, number } },
          body: { reason },
        }),
      );
      cli.output.write(`Version ${number} of ${name} is withdrawn; integrations:restore takes that back.\n`);
    });
};
