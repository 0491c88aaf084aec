import { type AddCommand, connectApi } from "../create-cli.ts";
import { readSecret } from "../read-secret.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowsSigningSecretSet: AddCommand = (program, cli) => {
  program
    .command("flows:signing-secret:set <flow>")
    .description(
      "set the secret that a flow's webhooks are signed with, typed unseen or from standard input; <flow> is its id or <instance>/<flow key>",
    )
    .action(async (name: string, _options, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, name);
      const secret = await readSecret("Signing secret (not shown): ", cli.signal);
      await client.http.PUT("/api/v1/flows/{id}/signing-secret", {
        params: { path: { id } },
        body: { secret },
      });
      cli.say(`The signing secret of flow ${id} is set; senders that use another are refused from now on.`);
    });
};
