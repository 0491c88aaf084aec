import { Option } from "commander";
import type { EndpointRequest } from "#contract/api/flows.ts";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { resolveFlow } from "../resolve-name.ts";

export const addEndpointsRequests: AddCommand = (program, cli) => {
  const list = program
    .command("endpoints:requests <flow>")
    .description(
      "list the last requests to a flow's endpoint, newest first, each with what it was answered and why",
    )
    .addOption(
      new Option("--only <kind>", "those that were stored, or those that were not").choices([
        "accepted",
        "refused",
      ]),
    );
  addListOptions(list).action(async (name: string, { only, ...view }, command) => {
    const client = await connectApi(cli, command);
    const id = await resolveFlow(client, name);
    const params = { path: { id }, query: { only, limit: MOST } };
    const read = async () => (await answer(client.http.GET("/api/v1/flows/{id}/requests", { params }))).items;
    await showList(cli, view, { columns: COLUMNS, empty: "No requests yet.", read });
  });
};
const MOST = 100;

const COLUMNS = [
  { title: "at", value: (request: EndpointRequest) => request.at },
  { title: "status", value: (request: EndpointRequest) => request.status },
  { title: "code", value: (request: EndpointRequest) => request.code },
  { title: "method", value: (request: EndpointRequest) => request.method },
  { title: "bytes", value: (request: EndpointRequest) => request.bodyBytes },
  { title: "execution", value: (request: EndpointRequest) => request.executionId },
  { title: "reason", value: (request: EndpointRequest) => request.reason },
];
