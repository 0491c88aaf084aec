import type { FoundLogLine } from "#contract/api/logs.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveCustomer, resolveInstance } from "../resolve-name.ts";

export const addLogsSearch: AddCommand = (program, cli) => {
  const search = program
    .command("logs:search")
    .description(
      "search what steps have logged over all executions, newest first; a day where no time is given",
    )
    .argument("[text]", "part of the message")
    .option("--severity <severity>", "this and above: debug, info, warn or error")
    .option("--instance <instance>", "name or id")
    .option("--customer <customer>", "name or id")
    .option("--execution <execution>", "id")
    .option("--from <time>", "of executions received at or after: ISO 8601 with its zone")
    .option("--to <time>", "of executions received before")
    .addOption(limitOption());
  addListOptions(search).action(async (text, { instance, customer, limit, ...options }, command) => {
    const client = await connectApi(cli, command);
    const { severity, execution, from, to, ...view } = options;
    const query = {
      text,
      severity,
      execution,
      from,
      to,
      instance: instance && (await resolveInstance(client, instance)),
      customer: customer && (await resolveCustomer(client, customer)),
    };
    await showList(cli, view, {
      columns: COLUMNS,
      read: () => client.list("/api/v1/logs", { query, limit }),
    });
  });
};

const COLUMNS = [
  { title: "at", value: ({ at }: FoundLogLine) => at },
  { title: "severity", value: ({ severity }: FoundLogLine) => severity },
  { title: "execution", value: ({ executionId }: FoundLogLine) => executionId },
  { title: "step", value: ({ flowKey, path }: FoundLogLine) => `${flowKey}/${path}` },
  { title: "message", value: ({ message }: FoundLogLine) => message },
];
