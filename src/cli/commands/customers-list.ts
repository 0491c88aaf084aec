import type { Customer } from "#contract/api/customers.ts";
import { type AddCommand, connectApi, formatOption, limitOption } from "../create-cli.ts";
import { printList } from "../output.ts";

export const addCustomersList: AddCommand = (program, cli) => {
  program
    .command("customers:list")
    .description("list customers, newest first")
    .option("--search <text>", "part of the name or external id")
    .addOption(limitOption())
    .addOption(formatOption())
    .action(async ({ search, limit, output: format }, command) => {
      const client = await connectApi(cli, command);
      const items = await client.list("/api/v1/customers", { query: { search }, limit });
      const columns = [
        { title: "id", value: (customer: Customer) => customer.id },
        { title: "name", value: (customer: Customer) => customer.name },
        { title: "external id", value: (customer: Customer) => customer.externalId },
        { title: "labels", value: (customer: Customer) => customer.labels.join(" ") },
        { title: "created", value: (customer: Customer) => customer.createdAt },
      ];
      printList(cli.output, { items, columns, format });
    });
};
