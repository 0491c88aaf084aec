import { Option } from "commander";
import type { Instance } from "#contract/api/instances.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveCustomer, resolveIntegration } from "../resolve-name.ts";

export const addInstancesList: AddCommand = (program, cli) => {
  const list = program
    .command("instances:list")
    .description("list instances, newest first")
    .option("--search <text>", "part of the name")
    .option("--customer <customer>", "of this customer: name or id")
    .option("--integration <integration>", "of this integration: key or id")
    .addOption(new Option("--state <state>").choices(["enabled", "paused", "deployed", "undeployed"]))
    .addOption(limitOption());
  addListOptions(list).action(async ({ search, customer, integration, state, limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    const query = {
      search,
      state,
      customer: customer && (await resolveCustomer(client, customer)),
      integration: integration && (await resolveIntegration(client, integration)),
    };
    await showList(cli, view, {
      columns: COLUMNS,
      read: () => client.list("/api/v1/instances", { query, limit }),
    });
  });
};

const COLUMNS = [
  { title: "id", value: (instance: Instance) => instance.id },
  { title: "name", value: (instance: Instance) => instance.name },
  { title: "customer", value: (instance: Instance) => instance.customerName },
  { title: "integration", value: (instance: Instance) => instance.integrationKey },
  {
    title: "version",
    value: ({ version, latestVersion }: Instance) =>
      version === latestVersion ? version : `${version} (new: ${latestVersion})`,
  },
  { title: "revision", value: (instance: Instance) => instance.deployedRevision },
  { title: "config", value: (instance: Instance) => instance.configuration },
  { title: "state", value: (instance: Instance) => instance.activity },
];
