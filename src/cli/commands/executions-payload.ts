import { answer } from "../api-client.ts";
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
      const payload = await answer(
        client.http.GET("/api/v1/executions/{id}/payload", { params: { path: { id } } }),
      );
      if (body === true) {
        cli.output.write(Buffer.from(payload.body, payload.encoding));
        return;
      }
      const rows: [string, string | number][] = [
        ["method", payload.method],
        ["path", payload.path],
        ["query", payload.query],
        ...payload.headers.map(([name = "", value = ""]): [string, string] => [name, value]),
        ["bytes", payload.bodyBytes],
        ["body", payload.body],
      ];
      printOne(cli.output, { item: payload, rows, format });
    });
};
