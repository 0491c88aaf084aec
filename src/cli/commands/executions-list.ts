import { Option } from "commander";
import type { Execution } from "#contract/api/executions.ts";
import { type AddCommand, connectApi, limitOption, parseCount } from "../create-cli.ts";
import { followList } from "../follow-list.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveCustomer, resolveInstance, resolveIntegration } from "../resolve-name.ts";
import { showMs, triggerOf } from "../show-execution.ts";

export const addExecutionsList: AddCommand = (program, cli) => {
  const list = program
    .command("executions:list")
    .description("list executions, newest first")
    .option("--instance <instance>", "name or id")
    .option("--customer <customer>", "name or id")
    .option("--integration <integration>", "key or id")
    .option("--flow <flow>", "key or id")
    .option("--state <states>", "one, or several separated by commas")
    .option("--version-number <n>", "of the integration", parseCount)
    .option("--from <time>", "received at or after: ISO 8601 with its zone")
    .option("--to <time>", "received before")
    .option("--text <text>", "part of the error's message, or a whole id")
    .addOption(limitOption());
  addListOptions(list)
    .addOption(new Option("--follow", "and those that arrive, a line each, until Ctrl-C").conflicts("watch"))
    .action(async ({ instance, customer, integration, versionNumber, limit, ...options }, command) => {
      const client = await connectApi(cli, command);
      const { flow, state, from, to, text, follow, ...view } = options;
      const query = {
        flow,
        state,
        to,
        text,
        version: versionNumber,
        instance: instance && (await resolveInstance(client, instance)),
        customer: customer && (await resolveCustomer(client, customer)),
        integration: integration && (await resolveIntegration(client, integration)),
      };
      const read = (since?: string) =>
        client.list("/api/v1/executions", {
          query: { ...query, from: laterOf(from, since) },
          limit: since === undefined ? limit : MOST_AT_ONCE,
        });
      if (follow === true) await followList(cli, view, { columns: COLUMNS, read });
      else await showList(cli, view, { columns: COLUMNS, read: () => read() });
    });
};

function laterOf(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Date.parse(one) > Date.parse(other) ? one : other;
}

/** Of those that arrived since the last look. */
const MOST_AT_ONCE = 5_000;

const COLUMNS = [
  { title: "id", value: (execution: Execution) => execution.id },
  { title: "state", value: (execution: Execution) => execution.state },
  {
    title: "flow",
    value: ({ integrationKey, flowKey }: Execution) => `${integrationKey ?? "?"}/${flowKey}`,
  },
  { title: "customer", value: (execution: Execution) => execution.customerName },
  { title: "trigger", value: triggerOf },
  { title: "received", value: (execution: Execution) => execution.receivedAt },
  { title: "took", value: (execution: Execution) => showMs(execution.durationMs) },
  { title: "error", value: ({ error, waiting }: Execution) => error?.message ?? waiting?.detail },
];
