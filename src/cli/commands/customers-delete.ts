import { confirm } from "../confirm.ts";
import { type AddCommand, connectApi, yesOption } from "../create-cli.ts";
import { resolveCustomer } from "../resolve-name.ts";

export const addCustomersDelete: AddCommand = (program, cli) => {
  program
    .command("customers:delete <customer>")
    .description("delete a customer that has no instances")
    .addOption(yesOption())
    .action(async (customer: string, { yes }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveCustomer(client, customer);
      await confirm(cli, `Delete customer ${customer}?`, yes);
      await client.http.DELETE("/api/v1/customers/{id}", { params: { path: { id } } });
      cli.output.write(`Deleted customer ${id}.\n`);
    });
};
