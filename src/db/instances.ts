import { sql } from "kysely";
import { ATTENTION_REASONS, type AttentionReason } from "#contract/attention.ts";
import { findMissing } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import { createId } from "#contract/create-id.ts";
import type { JsonObject } from "#contract/json.ts";
import type { ExecutionState } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { type InstanceConditions, instanceBranches, IS_OVERDUE } from "./instance-filter.ts";
import { idsOfPage, type Page, type PageRequest, toPage } from "./page.ts";

export interface InstanceRow {
  id: string;
  name: string;
  description: string;
  labels: string[];
  customerId: string;
  customerName: string;
  integrationId: string;
  integrationKey: string;
  versionId: string;
  version: number;
  versionWithdrawn: boolean;
  /** The newest that is not withdrawn; 0 where there is none. */
  latestVersion: number;
  /** Of the version that the instance is set to. */
  definition: Definition;
  /** Its last ended execution, tests aside, has failed or was lost. */
  isFailing: boolean;
  /** A tick of one of its schedules should have been queued a while ago. */
  isOverdue: boolean;
  config: JsonObject;
  deployedRevisionId: string | null;
  deployedRevision: number | null;
  lastRevisionNumber: number;
  pausedAt: Date | null;
  pausedBy: string | null;
  pauseReason: string | null;
  /** Set: a worker is removing it. */
  deletingAt: Date | null;
  edit: number;
  createdAt: Date;
  updatedAt: Date;
}

const LATEST_VERSION = sql<number | null>`(SELECT max(number) FROM versions AS v
  WHERE v.integration_id = instances.integration_id AND v.withdrawn_at IS NULL)`;

function selectInstances(db: Db, organizationId: string) {
  return db
    .selectFrom("instances")
    .innerJoin("customers", "customers.id", "instances.customer_id")
    .innerJoin("integrations", "integrations.id", "instances.integration_id")
    .innerJoin("versions", "versions.id", "instances.version_id")
    .leftJoin("revisions", "revisions.id", "instances.deployed_revision_id")
    .where("instances.organization_id", "=", organizationId)
    .select([
      "instances.id",
      "instances.name",
      "instances.description",
      "instances.labels",
      "instances.customer_id as customerId",
      "customers.name as customerName",
      "instances.integration_id as integrationId",
      "integrations.key as integrationKey",
      "instances.version_id as versionId",
      "versions.number as version",
      sql<boolean>`versions.withdrawn_at IS NOT NULL`.as("versionWithdrawn"),
      sql<number>`coalesce(${LATEST_VERSION}, 0)`.as("latestVersion"),
      "versions.definition",
      sql<boolean>`EXISTS (SELECT FROM failing_instances WHERE instance_id = instances.id)`.as("isFailing"),
      sql<boolean>`EXISTS (SELECT FROM schedules WHERE instance_id = instances.id AND ${IS_OVERDUE})`.as(
        "isOverdue",
      ),
      "instances.config",
      "instances.deployed_revision_id as deployedRevisionId",
      "revisions.number as deployedRevision",
      "instances.last_revision_number as lastRevisionNumber",
      "instances.paused_at as pausedAt",
      "instances.paused_by as pausedBy",
      "instances.pause_reason as pauseReason",
      "instances.deleting_at as deletingAt",
      "instances.edit",
      "instances.created_at as createdAt",
      "instances.updated_at as updatedAt",
    ]);
}

/** Newest first. */
export async function listInstances(
  db: Db,
  organizationId: string,
  filter: InstanceConditions & PageRequest,
): Promise<Page<InstanceRow>> {
  const { cursor, limit, ...conditions } = filter;
  const branches = await instanceBranches(db, organizationId, conditions);
  const sources = branches.map((where) => ({
    select: sql`SELECT instances.id FROM instances`,
    where,
    idColumn: "instances.id",
  }));
  const rows = await selectInstances(db, organizationId)
    .where("instances.id", "in", idsOfPage(sources, { cursor, limit }))
    .orderBy("instances.id", "desc")
    .execute();
  return toPage(rows, limit, (last) => last.id);
}

/** Why a person should look at it; of one that is being deleted, nothing. */
export function attentionOf(row: InstanceRow): AttentionReason[] {
  if (row.deletingAt !== null) return [];
  const holds: Record<AttentionReason, boolean> = {
    "failed-last-run": row.isFailing,
    "schedule-overdue": row.isOverdue,
    "missing-config": findMissing(row.definition, row.config).length > 0,
    "withdrawn-version": row.versionWithdrawn,
    "new-version": row.version < row.latestVersion,
  };
  return ATTENTION_REASONS.filter((reason) => holds[reason]);
}

export function findInstance(db: Db, organizationId: string, id: string): Promise<InstanceRow | undefined> {
  return selectInstances(db, organizationId).where("instances.id", "=", id).executeTakeFirst();
}

/**
 * The instance with its row locked until the transaction ends. Waits for whoever holds it, webhooks that are being
 * held among them, but not for ever: rejects with Postgres' `55P03` after five seconds.
 */
export async function lockInstance(
  transaction: Db,
  organizationId: string,
  id: string,
): Promise<InstanceRow | undefined> {
  await sql`SET LOCAL lock_timeout = '5s'`.execute(transaction);
  return selectInstances(transaction, organizationId)
    .where("instances.id", "=", id)
    .forUpdate("instances")
    .executeTakeFirst();
}

/** One deploy at a time: false where another transaction is deploying the instance. Held until this one ends. */
export async function tryLockDeploy(transaction: Db, instanceId: string): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${`millrace-deploy/${instanceId}`}, 0)) AS locked
  `.execute(transaction);
  return rows[0]?.locked === true;
}

/** A version and the values for it: they are written together, with whether a deploy would lack something. */
export interface Configuration {
  versionId: string;
  definition: Definition;
  config: JsonObject;
}

function configurationColumns({ versionId, definition, config }: Configuration) {
  return {
    version_id: versionId,
    config: JSON.stringify(config),
    incomplete: findMissing(definition, config).length > 0,
  };
}

export async function insertInstance(
  db: Db,
  instance: {
    organizationId: string;
    customerId: string;
    integrationId: string;
    configuration: Configuration;
    name: string;
    description: string;
    labels: string[];
  },
): Promise<string> {
  const id = createId();
  await db
    .insertInto("instances")
    .values({
      id,
      organization_id: instance.organizationId,
      customer_id: instance.customerId,
      integration_id: instance.integrationId,
      name: instance.name,
      description: instance.description,
      labels: JSON.stringify(instance.labels),
      ...configurationColumns(instance.configuration),
    })
    .execute();
  return id;
}

export interface InstanceChanges {
  name?: string | undefined;
  description?: string | undefined;
  labels?: string[] | undefined;
  configuration?: Configuration | undefined;
  deployed?: { revisionId: string; number: number } | undefined;
}

/** For a row that the transaction has locked: raises `edit`. */
export async function updateInstance(transaction: Db, id: string, changes: InstanceChanges): Promise<void> {
  await transaction
    .updateTable("instances")
    .set({
      updated_at: sql<Date>`now()`,
      edit: sql<number>`edit + 1`,
      ...(changes.name !== undefined && { name: changes.name }),
      ...(changes.description !== undefined && { description: changes.description }),
      ...(changes.labels !== undefined && { labels: JSON.stringify(changes.labels) }),
      ...(changes.configuration !== undefined && configurationColumns(changes.configuration)),
      ...(changes.deployed !== undefined && {
        deployed_revision_id: changes.deployed.revisionId,
        last_revision_number: changes.deployed.number,
      }),
    })
    .where("id", "=", id)
    .execute();
}

/** For a row that the transaction has locked. `null` unpauses. */
export async function updateInstancePause(
  transaction: Db,
  id: string,
  pause: { by: string | undefined; reason: string | undefined } | null,
): Promise<void> {
  await transaction
    .updateTable("instances")
    .set({
      paused_at: pause === null ? null : sql<Date>`now()`,
      paused_by: pause?.by ?? null,
      pause_reason: pause?.reason ?? null,
      updated_at: sql<Date>`now()`,
      edit: sql<number>`edit + 1`,
    })
    .where("id", "=", id)
    .execute();
}

export interface LastRun {
  executionId: string;
  state: ExecutionState;
  receivedAt: Date;
}

/** The execution that came last, by instance; those without one are left out. */
export async function findLastRuns(db: Db, instanceIds: readonly string[]): Promise<Map<string, LastRun>> {
  if (instanceIds.length === 0) return new Map();
  const { rows } = await sql<LastRun & { instanceId: string }>`
    SELECT wanted.id AS "instanceId", last.* FROM unnest(${instanceIds}::uuid[]) AS wanted (id)
    CROSS JOIN LATERAL (
      SELECT id AS "executionId", state, received_at AS "receivedAt" FROM executions
      WHERE instance_id = wanted.id ORDER BY id DESC LIMIT 1) AS last
  `.execute(db);
  return new Map(rows.map(({ instanceId, ...last }) => [instanceId, last]));
}
