import { answer } from "../api-client.ts";
import { type AddCommand, connectApi } from "../create-cli.ts";

export const addExecutionsCancel: AddCommand = (program, cli) => {
  program
    .command("executions:cancel <execution>")
    .description("cancel an execution that has not ended")
    .action(async (id: string, _options, command) => {
      const client = await connectApi(cli, command);
      const { requestId } = await answer(
        client.http.POST("/api/v1/executions/{id}/cancel", { params: { path: { id } } }),
      );
      cli.output.write(
        requestId === null
          ? `Cancelled execution ${id}.\n`
          : `A worker was asked to cancel execution ${id}.\n`,
      );
    });
};
