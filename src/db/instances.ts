import { sql } from "kysely";
import type { Definition } from "#contract/definition.ts";
import { createId } from "#contract/create-id.ts";
import type { JsonObject } from "#contract/json.ts";
import type { ExecutionState } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { containing, hasLabel, type Page, type PageRequest, readPage } from "./page.ts";

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

export interface InstanceFilter extends PageRequest {
  search?: string | undefined;
  name?: string | undefined;
  description?: string | undefined;
  customer?: string | undefined;
  integration?: string | undefined;
  version?: number | undefined;
  label?: string | undefined;
  state?: keyof typeof STATE_CONDITIONS | undefined;
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

export function listInstances(
  db: Db,
  organizationId: string,
  filter: InstanceFilter,
): Promise<Page<InstanceRow>> {
  let query = selectInstances(db, organizationId);
  if (filter.name !== undefined)
    query = query.where(sql`lower(instances.name)`, "=", filter.name.toLowerCase());
  if (filter.search !== undefined) query = query.where("instances.name", "ilike", containing(filter.search));
  if (filter.description !== undefined)
    query = query.where("instances.description", "ilike", containing(filter.description));
  if (filter.label !== undefined) query = query.where(hasLabel(filter.label, "instances.labels"));
  if (filter.customer !== undefined) query = query.where("instances.customer_id", "=", filter.customer);
  if (filter.integration !== undefined)
    query = query.where("instances.integration_id", "=", filter.integration);
  if (filter.version !== undefined) query = query.where("versions.number", "=", filter.version);
  if (filter.state !== undefined) query = query.where(STATE_CONDITIONS[filter.state]);
  return readPage(query, filter, "instances.id");
}

const STATE_CONDITIONS = {
  enabled: sql<boolean>`instances.paused_at IS NULL`,
  paused: sql<boolean>`instances.paused_at IS NOT NULL`,
  deployed: sql<boolean>`instances.deployed_revision_id IS NOT NULL`,
  undeployed: sql<boolean>`instances.deployed_revision_id IS NULL`,
  outdated: sql<boolean>`versions.number < ${LATEST_VERSION}`,
  withdrawn: sql<boolean>`versions.withdrawn_at IS NOT NULL`,
  deleting: sql<boolean>`instances.deleting_at IS NOT NULL`,
};

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

export async function insertInstance(
  db: Db,
  instance: {
    organizationId: string;
    customerId: string;
    integrationId: string;
    versionId: string;
    name: string;
    description: string;
    labels: string[];
    config: JsonObject;
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
      version_id: instance.versionId,
      name: instance.name,
      description: instance.description,
      labels: JSON.stringify(instance.labels),
      config: JSON.stringify(instance.config),
    })
    .execute();
  return id;
}

export interface InstanceChanges {
  name?: string | undefined;
  description?: string | undefined;
  labels?: string[] | undefined;
  versionId?: string | undefined;
  config?: JsonObject | undefined;
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
      ...(changes.versionId !== undefined && { version_id: changes.versionId }),
      ...(changes.config !== undefined && { config: JSON.stringify(changes.config) }),
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
