import type { Job } from "#contract/api/jobs.ts";
import type { paths } from "./api-schema.ts";
import { answer, type ApiClient } from "./api-client.ts";
import { CliError } from "./cli-error.ts";
import { confirm } from "./confirm.ts";
import type { Cli } from "./create-cli.ts";
import { followJob } from "./follow-job.ts";
import { describeCounts, jobRows } from "./job-rows.ts";
import { type Format, printOne } from "./output.ts";
import { showJob } from "./show-job.ts";

type PostJob = paths["/api/v1/jobs/upgrade-instances"]["post"]["requestBody"]["content"]["application/json"];

/** What a person reads at once; `jobs:get --limit` shows more. */
const SHOWN = 1_000;

export interface ManyOptions {
  dryRun: boolean;
  yes: boolean | undefined;
  /** Until it has ended. */
  wait: boolean;
  format: Format;
}

/**
 * Upgrades by a job. On a terminal a dry run comes first, so that the person who is asked sees the number that would
 * change.
 *
 * @throws CliError where an instance was refused or failed, or the person says no
 */
export async function upgradeMany(
  cli: Cli,
  { client, body }: { client: ApiClient; body: Omit<PostJob, "dryRun"> },
  options: ManyOptions,
): Promise<void> {
  const asks = options.yes !== true && process.stdin.isTTY && process.stderr.isTTY;
  if (options.dryRun || asks) {
    const trial = await postJob(client, { ...body, dryRun: true });
    const would = await followJob(cli, client, trial.id);
    if (options.dryRun)
      return showJob(cli.output, client, { job: would, limit: SHOWN, format: options.format });
    await confirm(cli, `Upgrade ${would.counts.changed} of ${would.counts.total} instances?`, options.yes);
  }
  const job = await postJob(client, body);
  cli.say(`job ${job.id}`);
  if (!options.wait) return printOne(cli.output, { item: job, rows: jobRows(job), format: options.format });
  const ended = await followJob(cli, client, job.id);
  await showJob(cli.output, client, { job: ended, limit: SHOWN, format: options.format });
  assertWhole(ended);
}

function postJob(client: ApiClient, body: PostJob): Promise<Job> {
  return answer(client.http.POST("/api/v1/jobs/upgrade-instances", { body }));
}

function assertWhole(job: Job): void {
  const { counts, finishedAt, id } = job;
  if (finishedAt === null)
    throw new CliError(`Job ${id} goes on`, { remedy: `Look at it: millrace jobs:get ${id} --watch` });
  if (counts.refused + counts.failed + counts.skipped === 0) return;
  throw new CliError(`Not every instance was upgraded: ${describeCounts(job)}`, {
    remedy: `The reasons again: millrace jobs:get ${id} --state refused`,
  });
}
