import { Option } from "commander";
import { ROLES } from "#contract/policy.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption, parseCount } from "../create-cli.ts";
import { printOne } from "../output.ts";

export const addTokensCreate: AddCommand = (program, cli) => {
  program
    .command("tokens:create <name>")
    .description("make an API token; it is shown once")
    .addOption(new Option("--role <role>", "at most your own").choices([...ROLES]))
    .option("--expires-in-days <n>", "up to 365; never where it is left out", parseCount)
    .addOption(formatOption())
    .action(async (name: string, { role, expiresInDays, output: format }, command) => {
      const client = await connectApi(cli, command);
      const token = await answer(client.http.POST("/api/v1/tokens", { body: { name, role, expiresInDays } }));
      printOne(cli.output, { item: token, rows: Object.entries(token), format });
    });
};
