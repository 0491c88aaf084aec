import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";

export const addWhoami: AddCommand = (program, cli) => {
  program
    .command("whoami")
    .description("show which server is meant, and what the token may do there")
    .addOption(formatOption())
    .action(async ({ output: format }, command) => {
      const client = await connectApi(cli, command);
      const me = await answer(client.http.GET("/api/v1/me"));
      const item = { server: client.server.url, ...me };
      const rows: [string, string | null][] = [
        ["server", item.server],
        ["organization", me.organizationId],
        ["role", me.role],
        ["user", me.userId],
        ["token", me.tokenId],
      ];
      printOne(cli.output, { item, rows, format });
    });
};
