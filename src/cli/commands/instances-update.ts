import { answer } from "../api-client.ts";
import { assertChanges } from "../assert-changes.ts";
import { type AddCommand, connectApi, formatOption, labelOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesUpdate: AddCommand = (program, cli) => {
  program
    .command("instances:update <instance>")
    .description("change an instance's name, description or labels; nothing that runs is touched")
    .option("--name <name>", "the new name")
    .option("--description <text>", "for people")
    .addOption(labelOption("in place of all it has; may be given several times"))
    .option("--no-labels", "take all labels away")
    .addOption(formatOption())
    .action(async (instance: string, options, command) => {
      const { name, description, label, labels: keepsLabels, output: format } = options;
      const body = { name, description, labels: keepsLabels === false ? [] : label };
      assertChanges(body, "Give --name, --description, --label or --no-labels");
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, instance);
      const changed = await answer(
        client.http.PATCH("/api/v1/instances/{id}", { params: { path: { id } }, body }),
      );
      printOne(cli.output, { item: changed, rows: instanceRows(changed), format });
    });
};
