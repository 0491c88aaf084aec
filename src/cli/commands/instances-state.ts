import type { StateValue } from "#contract/api/state.ts";
import type { Json } from "#contract/json.ts";
import { answer } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printList } from "../output.ts";
import { resolveInstance } from "../resolve-name.ts";

const KEY = ["--key <key>", "of the value, as instances:state:list shows it"] as const;
const FLOW = ["--flow <key>", "a value of this flow alone, not of the instance"] as const;

export const addInstancesStateList: AddCommand = (program, cli) => {
  program
    .command("instances:state:list <instance>")
    .description("list what the steps of an instance keep from execution to execution")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const { items } = await answer(
        client.http.GET("/api/v1/instances/{id}/state", { params: { path: { id } } }),
      );
      printList(cli.output, { items, columns: COLUMNS, format, empty: "It keeps nothing." });
    });
};

export const addInstancesStateSet: AddCommand = (program, cli) => {
  program
    .command("instances:state:set <instance>")
    .description("set a value that steps keep")
    .requiredOption(...KEY)
    .requiredOption("--value <json>", 'as 3, "text" with its quotes, or {"a":1}')
    .option(...FLOW)
    .action(async (name: string, { key, value: json, flow }, command) => {
      const value = parseValue(json);
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const body = { key, value, ...(flow !== undefined && { flow }) };
      await client.http.PUT("/api/v1/instances/{id}/state", { params: { path: { id } }, body });
      cli.output.write(`Set ${key}.\n`);
    });
};

export const addInstancesStateDelete: AddCommand = (program, cli) => {
  program
    .command("instances:state:delete <instance>")
    .description("delete a value that steps keep")
    .requiredOption(...KEY)
    .option(...FLOW)
    .action(async (name: string, { key, flow }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveInstance(client, name);
      const query = { key, ...(flow !== undefined && { flow }) };
      await client.http.DELETE("/api/v1/instances/{id}/state", { params: { path: { id }, query } });
      cli.output.write(`Deleted ${key}.\n`);
    });
};

const COLUMNS = [
  { title: "flow", value: (row: StateValue) => row.flow },
  { title: "key", value: (row: StateValue) => row.key },
  { title: "value", value: (row: StateValue) => JSON.stringify(row.value) },
  { title: "updated", value: (row: StateValue) => row.updatedAt },
  { title: "by", value: (row: StateValue) => row.executionId ?? "a person" },
];

function parseValue(json: string): Json {
  try {
    return JSON.parse(json) as Json; // whatever it is, it is JSON
  } catch (cause) {
    throw new CliError(`${json} is not JSON`, { cause, remedy: `Quote text twice: '"${json}"'` });
  }
}
