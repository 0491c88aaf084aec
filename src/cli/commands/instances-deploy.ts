import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption, parseCount } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";
import { instanceRows } from "../show-instance.ts";

export const addInstancesDeploy: AddCommand = (program, cli) => {
  program
    .command("instances:deploy <instance>")
    .description("deploy the saved configuration as the next revision")
    .option("--version-number <n>", "set the instance to this version first", parseCount)
    .option("--note <text>", "why")
    .addOption(formatOption())
    .action(async (name: string, { versionNumber: version, note, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      if (version !== undefined)
        await client.http.PATCH("/api/v1/instances/{id}", { params: { path: { id } }, body: { version } });
      const instance = await answer(
        client.http.POST("/api/v1/instances/{id}/deploy", { params: { path: { id } }, body: { note } }),
      );
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
