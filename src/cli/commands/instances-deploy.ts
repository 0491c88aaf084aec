import type { Instance } from "#contract/api/instances.ts";
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
      if (version !== undefined) await client.send("PATCH", `/instances/${id}`, { version });
      const instance = await client.send<Instance>("POST", `/instances/${id}/deploy`, { note });
      printOne(cli.output, { item: instance, rows: instanceRows(instance), format });
    });
};
