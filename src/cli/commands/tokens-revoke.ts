import { isId } from "#contract/ids.ts";
import type { ApiClient } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import { confirm } from "../confirm.ts";
import { type AddCommand, connectApi, yesOption } from "../create-cli.ts";

export const addTokensRevoke: AddCommand = (program, cli) => {
  program
    .command("tokens:revoke <token>")
    .description("revoke an API token, by its name or id; it is refused within a second")
    .addOption(yesOption())
    .action(async (token: string, { yes }, command) => {
      const client = await connectApi(cli, command);
      const id = await findToken(client, token);
      await confirm(cli, `Revoke API token ${token}?`, yes);
      await client.http.DELETE("/api/v1/tokens/{id}", { params: { path: { id } } });
      cli.output.write(`API token ${id} is revoked.\n`);
    });
};

/** The API has no filter by name: there are few tokens. */
async function findToken(client: ApiClient, text: string): Promise<string> {
  const called = `called "${text}"`;
  if (isId(text)) return text;
  const tokens = await client.list("/api/v1/tokens", { limit: 10_000 });
  const [one, another] = tokens.filter(({ name }) => name === text);
  if (one !== undefined && another === undefined) return one.id;
  throw new CliError(
    one === undefined ? `No API token is ${called}` : `Several API tokens are ${called}; use the id`,
    { remedy: "List them: millrace tokens:list" },
  );
}
