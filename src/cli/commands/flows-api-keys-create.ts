import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { readSecret } from "../read-secret.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowsApiKeysCreate: AddCommand = (program, cli) => {
  program
    .command("flows:api-keys:create <flow>")
    .description("make an API key for a flow's senders; it is shown once")
    .requiredOption("--name <name>", "whose it is, for people")
    .option("--own", "one of your own, typed unseen or from standard input, in place of a generated one")
    .addOption(formatOption())
    .action(async (flowName: string, { name, own, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, flowName);
      const apiKey = own === true ? await readSecret("API key (not shown): ", cli.signal) : undefined;
      const key = await answer(
        client.http.POST("/api/v1/flows/{id}/api-keys", {
          params: { path: { id } },
          body: { name, ...(apiKey !== undefined && { apiKey }) },
        }),
      );
      printOne(cli.output, { item: key, rows: Object.entries(key), format });
    });
};
