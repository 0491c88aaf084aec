import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption, parseCount } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesRollback: AddCommand = (program, cli) => {
  program
    .command("instances:rollback <instance>")
    .description("deploy what an earlier revision had")
    .requiredOption("--revision <n>", "its number", parseCount)
    .option("--note <text>", "why")
    .addOption(formatOption())
    .action(async (name: string, { revision, note, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const body = { revision, note };
      const instance = await answer(
        client.http.POST("/api/v1/instances/{id}/rollback", { params: { path: { id } }, body }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
