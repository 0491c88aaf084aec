import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesGet: AddCommand = (program, cli) => {
  program
    .command("instances:get <instance>")
    .description("show an instance: its state, what it lacks, what its last deploy made of its deploy flows")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const instance = await answer(client.http.GET("/api/v1/instances/{id}", { params: { path: { id } } }));
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
