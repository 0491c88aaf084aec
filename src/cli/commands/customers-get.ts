import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveCustomer } from "../resolve-name.ts";
import { customerRows } from "../show-customer.ts";

export const addCustomersGet: AddCommand = (program, cli) => {
  program
    .command("customers:get <customer>")
    .description("show a customer, by name or id")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveCustomer(client, name);
      const customer = await answer(client.http.GET("/api/v1/customers/{id}", { params: { path: { id } } }));
      printOne(cli.output, { item: customer, rows: customerRows(customer), format });
    });
};
