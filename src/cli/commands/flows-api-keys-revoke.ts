import { confirm } from "../confirm.ts";
import { type AddCommand, connectApi, yesOption } from "../create-cli.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowsApiKeysRevoke: AddCommand = (program, cli) => {
  program
    .command("flows:api-keys:revoke <flow>")
    .description("revoke an API key; it is refused within a second")
    .requiredOption("--key <id>", "as flows:api-keys:list shows it")
    .addOption(yesOption())
    .action(async (flowName: string, { key: keyId, yes }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, flowName);
      await confirm(cli, `Revoke API key ${keyId}?`, yes);
      await client.http.DELETE("/api/v1/flows/{id}/api-keys/{keyId}", { params: { path: { id, keyId } } });
      cli.say(`API key ${keyId} is revoked.`);
    });
};
