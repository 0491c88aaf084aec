import type { ExecutionDetail } from "#contract/api/executions.ts";
import { answer } from "../api-client.ts";
import { assertSucceeded } from "../assert-succeeded.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { followExecution } from "../follow-execution.ts";
import { printList, printOne } from "../output.ts";
import { executionRows, STEP_COLUMNS } from "../show-execution.ts";

export const addExecutionsGet: AddCommand = (program, cli) => {
  program
    .command("executions:get <execution>")
    .description("show an execution with its steps")
    .option("--follow", "until it has ended; exit code 1 where it does not succeed")
    .addOption(formatOption())
    .action(async (id: string, { follow, output: format }, command) => {
      const client = await connectApi(cli, command);
      const onChange = ({ state, waiting }: ExecutionDetail) =>
        cli.say(waiting === null ? state : `${state}: ${waiting.detail}`);
      const execution =
        follow === true
          ? await followExecution(client, id, { signal: cli.signal, onChange })
          : await answer(client.http.GET("/api/v1/executions/{id}", { params: { path: { id } } }));
      const { items: steps } = await answer(
        client.http.GET("/api/v1/executions/{id}/steps", { params: { path: { id } } }),
      );
      printOne(cli.output, { item: { ...execution, steps }, rows: executionRows(execution), format });
      if (format === "table") {
        cli.output.write("\n");
        printList(cli.output, { items: steps, columns: STEP_COLUMNS, format });
      }
      if (follow === true) assertSucceeded(execution);
    });
};
