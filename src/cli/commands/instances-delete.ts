import { CliError, EXIT } from "../cli-error.ts";
import { askName } from "../confirm.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesDelete: AddCommand = (program, cli) => {
  program
    .command("instances:delete <instance>")
    .description("delete an instance with all its data: stops what runs, runs its deletion flows")
    .option("--confirm <name>", "the instance's name, typed out; on a terminal it is asked for")
    .action(async (name: string, { confirm: given }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const confirm =
        given ?? (await askName(cli, "Type the instance's name to delete it with all its data: "));
      if (confirm === undefined)
        throw new CliError("Deleting an instance needs its name", {
          exitCode: EXIT.usage,
          remedy: "Give it: --confirm <name>",
        });
      await client.http.DELETE("/api/v1/instances/{id}", { params: { path: { id }, query: { confirm } } });
      cli.output.write(`Instance ${id} is being deleted; instances:get ${id} fails once it is gone.\n`);
    });
};
