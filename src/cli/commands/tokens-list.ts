import type { Token } from "#contract/api/access.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";

export const addTokensList: AddCommand = (program, cli) => {
  const list = program
    .command("tokens:list")
    .description("list API tokens, newest first")
    .addOption(limitOption());
  addListOptions(list).action(async ({ limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const columns = [
      { title: "id", value: (token: Token) => token.id },
      { title: "name", value: (token: Token) => token.name },
      { title: "begins", value: (token: Token) => token.start },
      { title: "role", value: (token: Token) => token.role },
      { title: "last used", value: (token: Token) => token.lastUsedAt },
      { title: "expires", value: (token: Token) => token.expiresAt },
    ];
    await showList(cli, view, { columns, read: () => client.list("/api/v1/tokens", { limit }) });
  });
};
