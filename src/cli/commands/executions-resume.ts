import { Option } from "commander";
import { answer } from "../api-client.ts";
import { type AddCommand, connectApi, formatOption } from "../create-cli.ts";
import { showStarted } from "../show-started.ts";

export const addExecutionsResume: AddCommand = (program, cli) => {
  program
    .command("executions:resume <execution>")
    .description("run an execution again from the step that failed, keeping earlier outputs")
    .addOption(new Option("--revision <revision>", "what to run").choices(["current", "original"]))
    .option("--follow", "until the new one has ended; exit code 1 where it does not succeed")
    .addOption(formatOption())
    .action(async (id: string, { revision, follow, output: format }, command) => {
      const client = await connectApi(cli, command);
      const started = await answer(
        client.http.POST("/api/v1/executions/{id}/resume", { params: { path: { id } }, body: { revision } }),
      );
      await showStarted(cli, client, { started, follow: follow === true, format });
    });
};
