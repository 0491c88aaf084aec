import { sql } from "kysely";
import type { InstanceState } from "#contract/api/instances.ts";
import type { FieldProblem } from "#contract/errors.ts";
import type { JobItemOutcome, JobItemState, UpgradeResult } from "#contract/jobs.ts";
import type { Db } from "./connect.ts";
import { instanceCondition } from "./instance-filter.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

export interface JobItemRow {
  id: string;
  instanceId: string;
  instanceName: string;
  customerName: string;
  state: JobItemState;
  result: UpgradeResult | null;
  code: string | null;
  message: string | null;
  problems: FieldProblem[];
  finishedAt: Date | null;
}

/** All that is set must hold. */
export interface InstanceSelection {
  organizationId: string;
  integrationId: string;
  labels?: readonly string[] | undefined;
  customerId?: string | undefined;
  version?: number | undefined;
  states?: readonly InstanceState[] | undefined;
  instanceIds?: readonly string[] | undefined;
}

/**
 * An item for each instance that the selection names. What was never deployed runs nothing, and is taken only where it
 * is named by its id. Returns how many; more than `limit` are not looked for.
 */
export async function insertInstanceItems(
  transaction: Db,
  { jobId, limit }: { jobId: string; limit: number },
  selection: InstanceSelection,
): Promise<number> {
  const { organizationId, integrationId: integration, customerId: customer, version } = selection;
  const shared = { integration, customer, version };
  const asked = [
    shared,
    ...(selection.labels ?? []).map((label) => ({ ...shared, label })),
    ...(selection.states ?? []).map((state) => ({ ...shared, state })),
  ];
  const conditions = await Promise.all(
    asked.map((each) => instanceCondition(transaction, organizationId, each)),
  );
  let query = transaction.selectFrom("instances").where("instances.deleting_at", "is", null);
  for (const condition of conditions) query = query.where(condition);
  query =
    selection.instanceIds === undefined
      ? query.where("instances.deployed_revision_id", "is not", null)
      : query.where("instances.id", "in", selection.instanceIds);
  const { numInsertedOrUpdatedRows } = await transaction
    .insertInto("job_items")
    .columns(["job_id", "subject_id", "instance_id"])
    .expression(
      query
        .select([
          sql<string>`${jobId}::uuid`.as("job_id"),
          "instances.id as subject_id",
          "instances.id as instance_id",
        ])
        .limit(limit + 1),
    )
    .executeTakeFirst();
  return Number(numInsertedOrUpdatedRows ?? 0);
}

/** Those of some instances that are the organization's and of the integration. */
export async function listKnownInstances(
  db: Db,
  { organizationId, integrationId }: { organizationId: string; integrationId: string },
  ids: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom("instances")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("integration_id", "=", integrationId)
    .where("deleting_at", "is", null)
    .where("id", "in", ids)
    .execute();
  return rows.map((row) => row.id);
}

/** In the order of their subjects' ids, newest first. */
export function listJobItems(
  db: Db,
  jobId: string,
  filter: PageRequest & { state?: JobItemState | undefined },
): Promise<Page<JobItemRow>> {
  let query = db
    .selectFrom("job_items")
    .innerJoin("instances", "instances.id", "job_items.instance_id")
    .innerJoin("customers", "customers.id", "instances.customer_id")
    .where("job_items.job_id", "=", jobId)
    .select([
      "job_items.subject_id as id",
      "job_items.instance_id as instanceId",
      "instances.name as instanceName",
      "customers.name as customerName",
      "job_items.state",
      "job_items.result",
      "job_items.code",
      "job_items.message",
      "job_items.problems",
      "job_items.finished_at as finishedAt",
    ]);
  if (filter.state !== undefined) query = query.where("job_items.state", "=", filter.state);
  return readPage(query, filter, "job_items.subject_id");
}

export interface QueuedItem {
  subjectId: string;
  attempts: number;
}

/** What is to be done next: what met a conflict comes after all the others. */
export async function listQueuedItems(db: Db, jobId: string, limit: number): Promise<QueuedItem[]> {
  return db
    .selectFrom("job_items")
    .select(["subject_id as subjectId", "attempts"])
    .where("job_id", "=", jobId)
    .where("state", "=", "queued")
    .orderBy("attempts")
    .orderBy("subject_id")
    .limit(limit)
    .execute();
}

export interface ItemKey {
  jobId: string;
  subjectId: string;
}

/** Whether it is still to be done; if so nobody else does it before this transaction has ended. */
export async function lockQueuedItem(transaction: Db, { jobId, subjectId }: ItemKey): Promise<boolean> {
  const row = await transaction
    .selectFrom("job_items")
    .select("state")
    .where("job_id", "=", jobId)
    .where("subject_id", "=", subjectId)
    .forUpdate()
    .executeTakeFirst();
  return row?.state === "queued";
}

/** Writes how it ended, where it has not ended before. */
export async function endItem(db: Db, { jobId, subjectId }: ItemKey, outcome: JobItemOutcome): Promise<void> {
  const isRefusal = "code" in outcome;
  await db
    .updateTable("job_items")
    .set({
      state: outcome.state,
      result: isRefusal ? null : JSON.stringify(outcome.result),
      code: isRefusal ? outcome.code : null,
      message: isRefusal ? outcome.message : null,
      problems: JSON.stringify(isRefusal ? outcome.problems : []),
      finished_at: sql<Date>`now()`,
    })
    .where("job_id", "=", jobId)
    .where("subject_id", "=", subjectId)
    .where("state", "=", "queued")
    .execute();
}

/** It met what may pass: its turn comes again after all the others. */
export async function returnItem(db: Db, { jobId, subjectId }: ItemKey): Promise<void> {
  await db
    .updateTable("job_items")
    .set({ attempts: sql<number>`attempts + 1` })
    .where("job_id", "=", jobId)
    .where("subject_id", "=", subjectId)
    .where("state", "=", "queued")
    .execute();
}
