import type { Command } from "commander";
import type { ConfigChoices } from "#contract/api/config-options.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, collectPairs, connectApi } from "../create-cli.ts";
import { addListOptions, type ListView, showList } from "../list-options.ts";
import { fetchDefinition, parseConfigPairs } from "../parse-config-pairs.ts";
import { resolveInstance } from "../resolve-name.ts";

type Given = [instance: string, variable: string, ListView & { set?: Record<string, string> }, Command];

export const addConfigOptions: AddCommand = (program, cli) => {
  const list = program
    .command("config:options <instance> <variable>")
    .description("list what an instance's picklist can be set to, fetched where its author says so")
    .option("--set <name=value>", "a value not saved yet; may be given several times", collectPairs);
  addListOptions(list).action(async (...[name, variable, { set = {}, ...view }, command]: Given) => {
    const client = await connectApi(cli, command);
    const id = await resolveInstance(client, name);
    const instance = await answer(client.http.GET("/api/v1/instances/{id}", { params: { path: { id } } }));
    const values = JSON.stringify(parseConfigPairs(await fetchDefinition(client, instance), set));
    const read = async () => {
      const params = { path: { id, variable }, query: { values } };
      const path = "/api/v1/instances/{id}/config/{variable}/options";
      return (await answer(client.http.GET(path, { params }))).items;
    };
    await showList(cli, view, { columns: COLUMNS, empty: "No choices.", read });
  });
};

const COLUMNS = [
  { title: "value", value: (choice: Choice) => choice.value },
  { title: "label", value: (choice: Choice) => choice.label },
];
type Choice = ConfigChoices["items"][number];
