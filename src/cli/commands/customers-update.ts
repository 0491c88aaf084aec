import { answer } from "../api-client.ts";
import { assertChanges } from "../assert-changes.ts";
import { type AddCommand, connectApi, formatOption, labelOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { resolveCustomer } from "../resolve-name.ts";
import { customerRows } from "../show-customer.ts";

export const addCustomersUpdate: AddCommand = (program, cli) => {
  program
    .command("customers:update <customer>")
    .description("change what is given of a customer, and nothing else")
    .option("--name <name>", "the new name")
    .option("--external-id <id>", "the customer's id in your own systems; an empty one takes it away")
    .option("--description <text>", "for people")
    .addOption(labelOption("in place of all it has; may be given several times"))
    .option("--no-labels", "take all labels away")
    .addOption(formatOption())
    .action(async (customer: string, options, command) => {
      const { name, externalId, description, label, labels: keepsLabels, output: format } = options;
      const labels = keepsLabels === false ? [] : label;
      const changes = { name, externalId: externalId === "" ? null : externalId, description, labels };
      assertChanges(changes, "Give --name, --external-id, --description, --label or --no-labels");
      const client = await connectApi(cli, command);
      const id = await resolveCustomer(client, customer);
      const changed = await answer(
        client.http.PATCH("/api/v1/customers/{id}", { params: { path: { id } }, body: changes }),
      );
      printOne(cli.output, { item: changed, rows: customerRows(changed), format });
    });
};
