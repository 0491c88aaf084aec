import { answer } from "../api-client.ts";
import { type AddCommand, collectWords, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";

export const addCustomersCreate: AddCommand = (program, cli) => {
  program
    .command("customers:create <name>")
    .description("create a customer")
    .option("--external-id <id>", "the customer's id in your own systems")
    .option("--description <text>", "for people")
    .option("--label <label>", "may be given several times", collectWords)
    .addOption(formatOption())
    .action(async (name: string, { externalId, description, label: labels, output: format }, command) => {
      const client = await connectApi(cli, command);
      const body = { name, externalId, description, labels };
      const customer = await answer(client.http.POST("/api/v1/customers", { body }));
      const { id } = customer;
      printOne(cli.output, {
        item: customer,
        rows: [
          ["id", id],
          ["name", customer.name],
        ],
        format,
      });
    });
};
