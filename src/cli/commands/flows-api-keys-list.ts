import type { ApiKey } from "#contract/api/flows.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowsApiKeysList: AddCommand = (program, cli) => {
  const list = program
    .command("flows:api-keys:list <flow>")
    .description("list the API keys that senders may use at a flow's endpoint");
  addListOptions(list).action(async (name: string, view, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveFlow(client, name);
    const read = async () =>
      (await answer(client.http.GET("/api/v1/flows/{id}/api-keys", { params: { path: { id } } }))).items;
    await showList(cli, view, { columns: COLUMNS, empty: "No API keys.", read });
  });
};

const COLUMNS = [
  { title: "id", value: (key: ApiKey) => key.id },
  { title: "name", value: (key: ApiKey) => key.name },
  { title: "ends", value: (key: ApiKey) => `…${key.hint}` },
  { title: "created", value: (key: ApiKey) => key.createdAt },
  { title: "last used", value: (key: ApiKey) => key.lastUsedAt },
];
