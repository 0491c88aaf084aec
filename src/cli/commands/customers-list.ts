import { Option } from "commander";
import { CUSTOMER_SORTS, type Customer } from "#contract/api/customers.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";

export const addCustomersList: AddCommand = (program, cli) => {
  const list = program
    .command("customers:list")
    .description("list customers")
    .option("--search <text>", "part of the name, description or external id")
    .option("--label <label>", "one of its labels")
    .option("--external-id <id>", "the whole external id")
    .addOption(new Option("--sort <order>", "newest first, or by name").choices([...CUSTOMER_SORTS]))
    .addOption(limitOption());
  addListOptions(list).action(async ({ search, label, externalId, sort, limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const columns = [
      { title: "id", value: (customer: Customer) => customer.id },
      { title: "name", value: (customer: Customer) => customer.name },
      { title: "external id", value: (customer: Customer) => customer.externalId },
      { title: "labels", value: (customer: Customer) => customer.labels.join(" ") },
      { title: "created", value: (customer: Customer) => customer.createdAt },
    ];
    await showList(cli, view, {
      columns,
      read: () => client.list("/api/v1/customers", { query: { search, label, externalId, sort }, limit }),
    });
  });
};
