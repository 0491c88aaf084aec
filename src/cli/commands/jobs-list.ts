import { Option } from "commander";
import { JOB_STATES } from "#contract/jobs.ts";
import { type AddCommand, connectApi, limitOption } from "../create-cli.ts";
import { addListOptions, showList } from "../list-options.ts";
import { JOB_COLUMNS } from "../job-rows.ts";

export const addJobsList: AddCommand = (program, cli) => {
  const list = program
    .command("jobs:list")
    .description("list bulk jobs, newest first")
    .addOption(new Option("--state <state>", "in this state").choices(JOB_STATES))
    .addOption(limitOption());
  addListOptions(list).action(async ({ state, limit, ...view }, command) => {
    const client = await connectApi(cli, command);
    await showList(cli, view, {
      columns: JOB_COLUMNS,
      read: () => client.list("/api/v1/jobs", { query: { state }, limit }),
    });
  });
};
