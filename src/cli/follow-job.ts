import type { Job } from "#contract/api/jobs.ts";
import { answer, type ApiClient } from "./api-client.ts";
import type { Cli } from "./create-cli.ts";
import { describeCounts } from "./job-rows.ts";
import { pause } from "./pause.ts";

const POLL_MS = 500;

/** Says how far a job is until it has ended; returns it as it is then. Ends early, without an error, at the signal. */
export async function followJob(cli: Cli, client: ApiClient, id: string): Promise<Job> {
  let said = "";
  for (;;) {
    const job = await getJob(client, id);
    const now = `${job.state}: ${describeCounts(job)}`;
    if (now !== said) cli.say(now);
    said = now;
    if (job.finishedAt !== null || cli.signal.aborted) return job;
    await pause(POLL_MS, cli.signal);
  }
}

export function getJob(client: ApiClient, id: string): Promise<Job> {
  return answer(client.http.GET("/api/v1/jobs/{id}", { params: { path: { id } } }));
}
