import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { printOne } from "../output.ts";
import { jobRows } from "../job-rows.ts";

export const addJobsCancel: AddCommand = (program, cli) => {
  program
    .command("jobs:cancel <job>")
    .description("cancel a bulk job: what is done stays, nothing more is done")
    .addOption(formatOption())
    .action(async (id: string, { output: format }, command) => {
      const client = await connectApi(cli, command);
      const job = await answer(client.http.POST("/api/v1/jobs/{id}/cancel", { params: { path: { id } } }));
      printOne(cli.output, { item: job, rows: jobRows(job), format });
    });
};
