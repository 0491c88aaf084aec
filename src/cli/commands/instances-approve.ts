import { describeWidening } from "#contract/permission-sets.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption, parseCount } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesApprove: AddCommand = (program, cli) => {
  program
    .command("instances:approve <instance>")
    .description("approve that an instance may get what a version allows beyond what it has")
    .option("--version-number <n>", "of the version; else the one that the instance is set to", parseCount)
    .option("--note <text>", "why")
    .addOption(formatOption())
    .action(async (name: string, { versionNumber: version, note, output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const approval = await answer(
        client.http.POST("/api/v1/instances/{id}/approve", {
          params: { path: { id } },
          body: { version, note },
        }),
      );
      const rows: [string, string][] = [
        ["approved", `version ${approval.version} for instance ${approval.instanceId}`],
        ...approval.widens.map((widening): [string, string] => ["may now", describeWidening(widening)]),
        ["next", "millrace instances:deploy, where it is not deployed yet"],
      ];
      printOne(cli.output, { item: approval, rows, format });
    });
};
