import { CliError, EXIT } from "../cli-error.ts";
import { askName, confirm } from "../confirm.ts";
import { type AddCommand, connectApi, yesOption } from "../create-cli.ts";
import { resolveCustomer } from "../resolve-name.ts";

export const addCustomersDelete: AddCommand = (program, cli) => {
  program
    .command("customers:delete <customer>")
    .description("delete a customer; with its instances and all their data where its name confirms that")
    .option("--confirm <name>", "the customer's name, typed out; on a terminal it is asked for where needed")
    .addOption(yesOption())
    .action(async (customer: string, { yes, confirm: given }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveCustomer(client, customer);
      const query = { customer: id };
      const hasInstances = (await client.list("/api/v1/instances", { query, limit: 1 })).length > 0;
      if (!hasInstances && given === undefined) await confirm(cli, `Delete customer ${customer}?`, yes);
      const name = given ?? (hasInstances ? await askForName(cli) : undefined);
      const params = { path: { id }, query: { confirm: name } };
      const { response } = await client.http.DELETE("/api/v1/customers/{id}", { params });
      cli.output.write(
        response.status === 204
          ? `Deleted customer ${id}.\n`
          : `Customer ${id} is being deleted with its instances; customers:get ${id} fails once it is gone.\n`,
      );
    });
};

async function askForName(cli: Parameters<AddCommand>[1]): Promise<string> {
  const name = await askName(
    cli,
    "It has instances. Type the customer's name to delete them with all their data: ",
  );
  if (name !== undefined) return name;
  throw new CliError("Deleting a customer that has instances needs its name", {
    exitCode: EXIT.usage,
    remedy: "Give it: --confirm <name>; instances:list --customer <customer> shows what goes with it",
  });
}
