import { Option } from "commander";
import { answer, type ApiClient } from "../api-client.ts";
import { CliError } from "../cli-error.ts";
import { collectHeaders } from "../collect-headers.ts";
import { type AddCommand, type Cli, connectApi, formatOption } from "../create-cli.ts";
import { followExecution } from "../follow-execution.ts";
import { printList, printOne } from "../output.ts";
import { readBody } from "../read-body.ts";
import { resolveFlow } from "../resolve-name.ts";
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
    .option("--tail", "follow its log and steps to the end; exit code 1 where it does not succeed")
    .addOption(formatOption())
    .action(async (name: string, { payload, header, tail, output: format, ...request }, command) => {
      const client = await connectApi(cli, command);
      const flow = await resolveFlow(client, name);
      const body = payload === undefined ? undefined : await readPayload(payload);
      const started = await answer(
        client.http.POST("/api/v1/flows/{id}/test", {
          params: { path: { id: flow } },
          body: {
            ...request,
            headers: header,
            ...(body !== undefined && { body: body.toString("base64"), encoding: "base64" }),
          },
        }),
      );
      if (tail === true) return tailExecution(cli, client, started.executionId);
      printOne(cli.output, { item: started, rows: [["execution", started.executionId]], format });
    });
};

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
  if (ended.state !== "succeeded") throw new CliError(`Execution ${id} is ${ended.state}`);
}
