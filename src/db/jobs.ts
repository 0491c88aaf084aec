import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import { type JobCounts, type JobKind, type JobParameters, type JobState, NO_ITEMS } from "#contract/jobs.ts";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";
import { requeue } from "./requests.ts";

/** A bulk job; what it does to each thing stands in `job-items.ts`. */
export interface JobRow {
  id: string;
  organizationId: string;
  kind: JobKind;
  state: JobState;
  dryRun: boolean;
  parameters: JobParameters[JobKind];
  ratePerMinute: number;
  note: string;
  /** Null until it has ended: then its items are counted. */
  counts: JobCounts | null;
  createdBy: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface JobFilter extends PageRequest {
  kind?: JobKind | undefined;
  state?: JobState | undefined;
}

export interface NewJob<Kind extends JobKind> {
  organizationId: string;
  kind: Kind;
  dryRun: boolean;
  parameters: JobParameters[Kind];
  ratePerMinute: number;
  note: string;
  createdBy: string | undefined;
}

/** Returns its id. */
export async function insertJob<Kind extends JobKind>(transaction: Db, job: NewJob<Kind>): Promise<string> {
  const id = createId();
  await transaction
    .insertInto("jobs")
    .values({
      id,
      organization_id: job.organizationId,
      kind: job.kind,
      dry_run: job.dryRun,
      parameters: JSON.stringify(job.parameters),
      rate_per_minute: job.ratePerMinute,
      note: job.note,
      created_by: job.createdBy ?? null,
    })
    .execute();
  return id;
}

function selectJobs(db: Db) {
  return db
    .selectFrom("jobs")
    .select([
      "id",
      "organization_id as organizationId",
      "kind",
      "state",
      "dry_run as dryRun",
      "parameters",
      "rate_per_minute as ratePerMinute",
      "note",
      "counts",
      "created_by as createdBy",
      "created_at as createdAt",
      "started_at as startedAt",
      "finished_at as finishedAt",
    ]);
}

/** Newest first. */
export function listJobs(db: Db, organizationId: string, filter: JobFilter): Promise<Page<JobRow>> {
  let query = selectJobs(db).where("organization_id", "=", organizationId);
  if (filter.kind !== undefined) query = query.where("kind", "=", filter.kind);
  if (filter.state !== undefined) query = query.where("state", "=", filter.state);
  return readPage(query, filter);
}

export interface JobKey {
  organizationId: string;
  id: string;
}

export function findJob(db: Db, { organizationId, id }: JobKey): Promise<JobRow | undefined> {
  return selectJobs(db).where("organization_id", "=", organizationId).where("id", "=", id).executeTakeFirst();
}

export async function countUnfinishedJobs(db: Db, organizationId: string): Promise<number> {
  const { count } = await db
    .selectFrom("jobs")
    .select(sql<number>`count(*)::int`.as("count"))
    .where("organization_id", "=", organizationId)
    .where("state", "in", ["queued", "running"])
    .executeTakeFirstOrThrow();
  return count;
}

/** A worker takes up a batch of it: the job is running from the first on. Undefined where it has ended. */
export async function beginBatch(db: Db, { organizationId, id }: JobKey): Promise<JobRow | undefined> {
  const { numUpdatedRows } = await db
    .updateTable("jobs")
    .set({
      state: "running",
      started_at: sql<Date>`coalesce(started_at, now())`,
      progress_at: sql<Date>`now()`,
    })
    .where("id", "=", id)
    .where("organization_id", "=", organizationId)
    .where("state", "in", ["queued", "running"])
    .executeTakeFirst();
  return numUpdatedRows === 0n ? undefined : findJob(db, { organizationId, id });
}

/**
 * Whether the job goes on; if so, nobody ends it before this transaction has: once a cancel is answered, nothing more
 * is done.
 */
export async function holdRunningJob(transaction: Db, id: string): Promise<boolean> {
  const row = await transaction
    .selectFrom("jobs")
    .select("state")
    .where("id", "=", id)
    .forShare()
    .executeTakeFirst();
  return row?.state === "running";
}

/**
 * Ends a job that has not ended; its items that were not begun are skipped, and what it came to is kept with it.
 * Returns the job as it is, ended now or before; undefined where there is none.
 */
export async function endJob(db: Db, key: JobKey, state: "done" | "cancelled"): Promise<JobRow | undefined> {
  return db.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable("jobs")
      .set({ state, finished_at: sql<Date>`now()`, progress_at: sql<Date>`now()` })
      .where("id", "=", key.id)
      .where("organization_id", "=", key.organizationId)
      .where("state", "in", ["queued", "running"])
      .executeTakeFirst();
    if (numUpdatedRows > 0n) {
      await transaction
        .updateTable("job_items")
        .set({ state: "skipped", finished_at: sql<Date>`now()` })
        .where("job_id", "=", key.id)
        .where("state", "=", "queued")
        .execute();
      const counts = (await countItems(transaction, [key.id])).get(key.id) ?? NO_ITEMS;
      await transaction
        .updateTable("jobs")
        .set({ counts: JSON.stringify(counts) })
        .where("id", "=", key.id)
        .execute();
    }
    return findJob(transaction, key);
  });
}

/** By job; one without items is left out. `total` is of the items that are there: those of deleted instances are not. */
export async function countItems(db: Db, jobIds: readonly string[]): Promise<Map<string, JobCounts>> {
  const counts = new Map<string, JobCounts>();
  if (jobIds.length === 0) return counts;
  const rows = await db
    .selectFrom("job_items")
    .select(["job_id as jobId", "state", sql<number>`count(*)::int`.as("count")])
    .where("job_id", "in", jobIds)
    .groupBy(["job_id", "state"])
    .execute();
  for (const { jobId, state, count } of rows) {
    const known = counts.get(jobId) ?? NO_ITEMS;
    counts.set(jobId, { ...known, [state]: count, total: known.total + count });
  }
  return counts;
}

/**
 * Jobs that no worker has worked at for a while and that nobody is asked to run: Temporal lost their workflow, or
 * somebody terminated it. Asked for again, a job goes on where it stands.
 */
export function requeueJobs(db: Db, options: { idleMs: number; deadline: Date }): Promise<void> {
  const isUnfinished = sql`state IN ('queued', 'running')
    AND progress_at < now() - ${options.idleMs} * interval '1 ms'`;
  const { deadline } = options;
  return requeue(db, { kind: "run-job", field: "jobId", table: "jobs", isUnfinished, deadline });
}

/** Removes what is left of jobs that ended long ago, up to `limit` items, then jobs without any. Returns how much. */
export async function sweepJobs(db: Db, options: { keptMs: number; limit: number }): Promise<number> {
  const isOld = sql`finished_at < now() - ${options.keptMs} * interval '1 ms'`;
  const items = await sql`
    DELETE FROM job_items WHERE (job_id, subject_id) IN (
      SELECT job_id, subject_id FROM job_items WHERE job_id IN (SELECT id FROM jobs WHERE ${isOld})
      LIMIT ${options.limit})
  `.execute(db);
  const removed = Number(items.numAffectedRows ?? 0);
  if (removed > 0) return removed;
  const jobs = await sql`DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs WHERE ${isOld} LIMIT ${options.limit})`.execute(db);
  return Number(jobs.numAffectedRows ?? 0);
}
