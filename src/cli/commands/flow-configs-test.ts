import { Option } from "commander";
import type { StartedExecution } from "#contract/api/executions.ts";
import { answer, type ApiClient } from "../api-client.ts";
import { assertSucceeded } from "../assert-succeeded.ts";
import type { paths } from "../api-schema.ts";
import { collectHeaders } from "../collect-headers.ts";
import { type AddCommand, type Cli, connectApi, formatOption } from "../create-cli.ts";
import { followExecution } from "../follow-execution.ts";
import { printList, printOne } from "../output.ts";
import { readBody } from "../read-body.ts";
import { resolveFlow, resolveInstance } from "../resolve-name.ts";
import { executionRows, showLogLine, STEP_COLUMNS } from "../show-execution.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

export const addFlowConfigsTest: AddCommand = (program, cli) => {
  program
    .command("instances:flow-configs:test <flow>")
    .description("run a flow with a made-up webhook; <flow> is its id or <instance>/<flow key>")
    .option("--payload <text>", "the body; @<file> reads it from a file, - from standard input")
    .option("--header <header>", "'Name: value' or name=value; may be given several times", collectHeaders)
    .option("--content-type <type>", "of the body", "application/json")
    .addOption(new Option("--method <method>", "of the request").choices(METHODS).default("POST"))
    .option("--query <text>", "of the request, without its question mark", "")
    .option("--draft", "what is saved, deployed or not, in a revision that is never deployed")
    .option("--tail", "follow its log and steps to the end; exit code 1 where it does not succeed")
    .addOption(formatOption())
    .action(async (name: string, { payload, header, tail, output: format, ...request }, command) => {
      const client = await connectApi(cli, command);
      const content = payload === undefined ? undefined : await readPayload(payload);
      const body = {
        ...request,
        headers: header,
        ...(content !== undefined && { body: content.toString("base64"), encoding: "base64" as const }), // as const: one of two words
      };
      const started = await startTest(client, name, body);
      if (tail === true) return tailExecution(cli, client, started.executionId);
      printOne(cli.output, { item: started, rows: [["execution", started.executionId]], format });
    });
};

type TestBody = paths["/api/v1/flows/{id}/test"]["post"]["requestBody"]["content"]["application/json"];

/** A flow of a draft may have no id yet: it is named by its key. */
async function startTest(client: ApiClient, name: string, body: TestBody): Promise<StartedExecution> {
  const at = name.lastIndexOf("/");
  if (body.draft === true && at > 0) {
    const id = await resolveInstance(client, name.slice(0, at));
    const params = { path: { id, key: name.slice(at + 1) } };
    return answer(client.http.POST("/api/v1/instances/{id}/flows/{key}/test", { params, body }));
  }
  const params = { path: { id: await resolveFlow(client, name) } };
  return answer(client.http.POST("/api/v1/flows/{id}/test", { params, body }));
}

async function readPayload(payload: string): Promise<Buffer> {
  if (payload === "-") return readBody("-");
  return payload.startsWith("@") ? readBody(payload.slice(1)) : Buffer.from(payload);
}

async function tailExecution(cli: Cli, client: ApiClient, id: string): Promise<void> {
  const { output, signal } = cli;
  cli.say(`execution ${id}`);
  const ended = await followExecution(client, id, {
    signal,
    onLogs: (items) => items.forEach((line) => output.write(showLogLine(line))),
  });
  const { items } = await answer(
    client.http.GET("/api/v1/executions/{id}/steps", { params: { path: { id } } }),
  );
  printList(output, { items, columns: STEP_COLUMNS, format: "table" });
  printOne(output, { item: ended, rows: executionRows(ended), format: "table" });
  assertSucceeded(ended);
}
