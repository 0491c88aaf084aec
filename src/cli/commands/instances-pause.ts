import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesPause: AddCommand = (program, cli) => {
  program
    .command("instances:pause <instance>")
    .description("pause an instance; running executions finish")
    .option("--reason <text>", "shown to whoever looks at it")
    .addOption(formatOption())
    .action(async (name: string, { reason, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const instance = await answer(
        client.http.POST("/api/v1/instances/{id}/pause", { params: { path: { id } }, body: { reason } }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
