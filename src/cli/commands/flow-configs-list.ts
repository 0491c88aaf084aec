import type { Flow } from "#contract/api/flows.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveInstance } from "../resolve-name.ts";

export const addFlowConfigsList: AddCommand = (program, cli) => {
  const list = program
    .command("instances:flow-configs:list <instance>")
    .description("list an instance's flows with their webhook URLs");
  addListOptions(list).action(async (name: string, view, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveInstance(client, name);
    const read = async () =>
      (await answer(client.http.GET("/api/v1/instances/{id}/flows", { params: { path: { id } } }))).items;
    await showList(cli, view, { columns: COLUMNS, empty: "No flows yet: deploy the instance.", read });
  });
};

const COLUMNS = [
  { title: "id", value: (flow: Flow) => flow.id },
  { title: "flow", value: (flow: Flow) => flow.key },
  { title: "trigger", value: (flow: Flow) => (flow.removed ? "not deployed" : flow.trigger.type) },
  { title: "schedule", value: ({ schedule }: Flow) => schedule && (schedule.words ?? schedule.state) },
  { title: "signature", value: (flow: Flow) => flow.security.signature },
  { title: "secret", value: (flow: Flow) => flow.security.signingSecret },
  { title: "API keys", value: ({ security }: Flow) => `${security.apiKeys}, ${security.activeApiKeys} set` },
  { title: "webhook URL", value: (flow: Flow) => flow.webhookUrl },
];
