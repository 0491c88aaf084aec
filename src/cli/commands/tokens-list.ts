import type { Token } from "#contract/api/access.ts";
import { type AddCommand, connectApi, formatOption, limitOption } from "../create-cli.ts";
import { printList } from "../output.ts";

export const addTokensList: AddCommand = (program, cli) => {
  program
    .command("tokens:list")
    .description("list API tokens, newest first")
    .addOption(limitOption())
    .addOption(formatOption())
    .action(async ({ limit, output: format }, command) => {
      const client = await connectApi(cli, command);
      const items = await client.list("/api/v1/tokens", { limit });
      const columns = [
        { title: "id", value: (token: Token) => token.id },
        { title: "name", value: (token: Token) => token.name },
        { title: "begins", value: (token: Token) => token.start },
        { title: "role", value: (token: Token) => token.role },
        { title: "last used", value: (token: Token) => token.lastUsedAt },
        { title: "expires", value: (token: Token) => token.expiresAt },
      ];
      printList(cli.output, { items, columns, format });
    });
};
