import type { Payload } from "#contract/api/executions.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";

export const addExecutionsPayload: AddCommand = (program, cli) => {
  program
    .command("executions:payload <execution>")
    .description("show what an execution was given")
    .option("--body", "the body alone, byte for byte")
    .addOption(formatOption())
    .action(async (id: string, { body, output: format }, command) => {
      const client = await connectApi(cli, command);
      const payload = await client.get<Payload>(`/executions/${id}/payload`);
      if (body === true) {
        cli.output.write(Buffer.from(payload.body, payload.encoding));
        return;
      }
      const rows: [string, string | number][] = [
        ["method", payload.method],
        ["path", payload.path],
        ["query", payload.query],
        ...payload.headers,
        ["bytes", payload.bodyBytes],
        ["body", payload.body],
      ];
      printOne(cli.output, { item: payload, rows, format });
    });
};
