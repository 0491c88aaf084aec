import type { ApiKey } from "#contract/api/flows.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printList } from "../output.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addFlowsApiKeysList: AddCommand = (program, cli) => {
  program
    .command("flows:api-keys:list <flow>")
    .description("list the API keys that senders may use at a flow's endpoint")
    .addOption(formatOption())
    .action(async (name: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const id = await resolveFlow(client, name);
      const { items } = await answer(
        client.http.GET("/api/v1/flows/{id}/api-keys", { params: { path: { id } } }),
      );
      printList(cli.output, { items, columns: COLUMNS, format, empty: "No API keys." });
    });
};

const COLUMNS = [
  { title: "id", value: (key: ApiKey) => key.id },
  { title: "name", value: (key: ApiKey) => key.name },
  { title: "ends", value: (key: ApiKey) => `…${key.hint}` },
  { title: "created", value: (key: ApiKey) => key.createdAt },
  { title: "last used", value: (key: ApiKey) => key.lastUsedAt },
];
