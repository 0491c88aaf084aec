import { type AddCommand, connectApi } from "../create-cli.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addInstancesDelete: AddCommand = (program, cli) => {
  program
    .command("instances:delete <instance>")
    .description("delete an instance with all its data: stops what runs, runs its deletion flows")
    .requiredOption("--confirm <name>", "the instance's name, typed out")
    .action(async (name: string, { confirm }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      await client.http.DELETE("/api/v1/instances/{id}", { params: { path: { id }, query: { confirm } } });
      cli.output.write(`Instance ${id} is being deleted; instances:get ${id} fails once it is gone.\n`);
    });
};
