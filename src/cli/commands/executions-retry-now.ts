import { type AddCommand, connectApi } from "../create-cli.ts";

export const addExecutionsRetryNow: AddCommand = (program, cli) => {
  program
    .command("executions:retry-now <execution>")
    .description("wake an execution that waits for its next attempt")
    .action(async (id: string, _options, command) => {
      const client = await connectApi(cli, command);
      await client.http.POST("/api/v1/executions/{id}/retry-now", { params: { path: { id } } });
      cli.output.write(`A worker was asked to wake execution ${id}.\n`);
    });
};
