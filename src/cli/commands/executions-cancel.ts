import { answer } from "../api-client.ts";
import { confirm } from "../confirm.ts";
import { type AddCommand, connectApi, yesOption } from "../create-cli.ts";

export const addExecutionsCancel: AddCommand = (program, cli) => {
  program
    .command("executions:cancel <execution>")
    .description("cancel an execution that has not ended")
    .addOption(yesOption())
    .action(async (id: string, { yes }, command) => {
      const client = await connectApi(cli, command);
      await confirm(cli, `Cancel execution ${id}?`, yes);
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
