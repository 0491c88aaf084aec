import { Option } from "commander";
import { INSTANCE_STATES, type Instance } from "#contract/api/instances.ts";
import { ATTENTION_FILTERS } from "#contract/attention.ts";
import { type AddCommand, connectApi, limitOption, parseCount } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveCustomer, resolveIntegration } from "../resolve-name.ts";

export const addInstancesList: AddCommand = (program, cli) => {
  const list = program
    .command("instances:list")
    .description("list instances, newest first")
    .option("--search <text>", "part of the name")
    .option("--description <text>", "part of the description")
    .option("--customer <customer>", "of this customer: name or id")
    .option("--integration <integration>", "of this integration: key or id")
    .option("--version-number <n>", "set to the version of this number", parseCount)
    .option("--label <label>", "with this label")
    .addOption(new Option("--state <state>", "in this state").choices(INSTANCE_STATES))
    .addOption(
      new Option("--attention <reason>", "that a person should look at, for any reason or for one").choices(
        ATTENTION_FILTERS,
      ),
    )
    .addOption(limitOption());
  addListOptions(list).action(
    async ({ customer, integration, versionNumber, limit, ...options }, command) => {
      const client = await connectApi(cli, command);
      const { search, description, label, state, attention, ...view } = options;
      const query = {
        search,
        description,
        label,
        state,
        attention,
        version: versionNumber,
        customer: customer && (await resolveCustomer(client, customer)),
        integration: integration && (await resolveIntegration(client, integration)),
      };
      await showList(cli, view, {
        columns: COLUMNS,
        read: () => client.list("/api/v1/instances", { query, limit }),
      });
    },
  );
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
  { title: "last run", value: ({ lastRun }: Instance) => lastRun?.state },
  { title: "attention", value: (instance: Instance) => instance.attention.join(" ") },
];
