import type { Job } from "#contract/api/jobs.ts";
import type { JobItemState } from "#contract/jobs.ts";
import type { ApiClient } from "./api-client.ts";
import { itemColumns, jobRows } from "./job-rows.ts";
import { type Format, type Output, printList, printOne } from "./output.ts";

/** A job, and up to `limit` of what it came to; as CSV its items alone. */
export async function showJob(
  output: Output,
  client: ApiClient,
  shown: { job: Job; state?: JobItemState | undefined; limit: number; format: Format },
): Promise<void> {
  const { job, state, limit, format } = shown;
  const items = await client.list("/api/v1/jobs/{id}/items", {
    path: { id: job.id },
    query: { state },
    limit,
  });
  if (format === "json" || format === "yaml")
    return printOne(output, { item: { ...job, items }, rows: [], format });
  if (format === "table") printOne(output, { item: job, rows: jobRows(job), format });
  printList(output, { items, columns: itemColumns(job), format, empty: "No instance fits." });
}
