import { Option } from "commander";
import { JOB_ITEM_STATES } from "#contract/jobs.ts";
import { type AddCommand, connectApi, formatOption, limitOption } from "../create-cli.ts";
import { followJob, getJob } from "../follow-job.ts";
import { showJob } from "../show-job.ts";

export const addJobsGet: AddCommand = (program, cli) => {
  program
    .command("jobs:get <job>")
    .description("show a bulk job and what it came to for each instance")
    .addOption(new Option("--state <state>", "only instances with this outcome").choices(JOB_ITEM_STATES))
    .addOption(limitOption())
    .option("--watch", "say how far it is until it has ended, then show it")
    .addOption(formatOption())
    .action(async (id: string, { state, limit, watch, output: format }, command) => {
      const client = await connectApi(cli, command);
      const job = watch === true ? await followJob(cli, client, id) : await getJob(client, id);
      await showJob(cli.output, client, { job, state, limit, format });
    });
};
