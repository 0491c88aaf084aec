import { type AddCommand, connectApi } from "../create-cli.ts";

export const addExecutionsCancel: AddCommand = (program, cli) => {
  program
    .command("executions:cancel <execution>")
    .description("cancel an execution that has not ended")
    .action(async (id: string, _options, command) => {
      const client = await connectApi(cli, command);
      const { requestId } = await client.send<{ requestId: string | null }>(
        "POST",
        `/executions/${id}/cancel`,
      );
      cli.output.write(
        requestId === null
          ? `Cancelled execution ${id}.\n`
          : `A worker was asked to cancel execution ${id}.\n`,
      );
    });
};
