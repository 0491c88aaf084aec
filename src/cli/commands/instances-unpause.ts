import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesUnpause: AddCommand = (program, cli) => {
  program
    .command("instances:unpause <instance>")
    .description("enable an instance again; what was held runs")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const instance = await answer(
        client.http.POST("/api/v1/instances/{id}/unpause", { params: { path: { id } } }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
