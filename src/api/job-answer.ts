import type { Job, JobItem } from "#contract/api/jobs.ts";
import { jobWorkflowIdOf, NO_ITEMS } from "#contract/jobs.ts";
import type { Db } from "#db/connect.ts";
import type { JobItemRow } from "#db/job-items.ts";
import { countItems, findJob, type JobRow } from "#db/jobs.ts";
import type { Links } from "./api-parts.ts";
import { orNotFound } from "./not-found.ts";
import { temporalUiUrl } from "./temporal-ui-url.ts";

/** With what each of them has come to so far. */
export async function toJobs(db: Db, rows: readonly JobRow[], links: Links): Promise<Job[]> {
  const unfinished = rows.filter((row) => row.counts === null).map((row) => row.id);
  const counted = await countItems(db, unfinished);
  return rows.map(({ organizationId, ...row }) => ({
    ...row,
    parameters: { ...row.parameters },
    counts: row.counts ?? counted.get(row.id) ?? NO_ITEMS,
    createdAt: row.createdAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    temporalUiUrl: temporalUiUrl(links, jobWorkflowIdOf({ organizationId, kind: row.kind, jobId: row.id })),
  }));
}

/** @throws EngineError `request/not-found` */
export async function getJob(
  db: Db,
  key: { organizationId: string; id: string },
  links: Links,
): Promise<Job> {
  const row = orNotFound(await findJob(db, key), "job", key.id);
  const [job] = await toJobs(db, [row], links);
  return orNotFound(job, "job", key.id);
}

export function toJobItem({ id, finishedAt, ...row }: JobItemRow): JobItem {
  return { subjectId: id, ...row, finishedAt: finishedAt?.toISOString() ?? null };
}
