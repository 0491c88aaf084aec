import { type RawBuilder, sql } from "kysely";
import type { InstanceState } from "#contract/api/instances.ts";
import { assertNever } from "#contract/assert-never.ts";
import { ATTENTION_REASONS, type AttentionFilter, type AttentionReason } from "#contract/attention.ts";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "./connect.ts";
import { containing, hasLabel } from "./page.ts";

/**
 * Which instances a list, or a job over many, is about: conditions of SQL on the table `instances`, without joins.
 *
 * What is said of versions is looked up first and handed over as ids: an organization has few versions, and only of
 * values does the planner know how many instances have them. `docs/adr/0055-attention-is-read-from-few-facts.md`.
 */
export interface InstanceConditions {
  /** Part of the name. */
  search?: string | undefined;
  /** The whole name, in any case of letters. */
  name?: string | undefined;
  /** Part of it. */
  description?: string | undefined;
  customer?: string | undefined;
  integration?: string | undefined;
  /** Number of the version that the instance is set to. */
  version?: number | undefined;
  label?: string | undefined;
  state?: InstanceState | undefined;
  attention?: AttentionFilter | undefined;
}

/** True for the instances of the organization that meet all conditions; for `where` on `instances`. */
export async function instanceCondition(
  db: Db,
  organizationId: string,
  conditions: InstanceConditions,
): Promise<RawBuilder<boolean>> {
  const branches = await instanceBranches(db, organizationId, conditions);
  return sql<boolean>`(${sql.join(branches, sql` OR `)})`;
}

/** The same as conditions of which one must hold: each can be read by an index of its own. */
export async function instanceBranches(
  db: Db,
  organizationId: string,
  conditions: InstanceConditions,
): Promise<RawBuilder<boolean>[]> {
  const { attention, state } = conditions;
  const all = [sql<boolean>`instances.organization_id = ${organizationId}`, ...plainConditions(conditions)];
  if (conditions.version !== undefined)
    all.push(hasVersion(await listVersionIds(db, organizationId, sql`number = ${conditions.version}`)));
  if (state !== undefined) all.push(await stateCondition(db, organizationId, state));
  const reasons = reasonsOf(attention);
  if (reasons === undefined) return [and(all)];
  const needs = await Promise.all(reasons.map((reason) => reasonCondition(db, organizationId, reason)));
  const lives = sql<boolean>`instances.deleting_at IS NULL`;
  return needs.map((need) => and([...all, lives, need]));
}

function plainConditions(conditions: InstanceConditions): RawBuilder<boolean>[] {
  const { search, name, description, customer, integration, label } = conditions;
  const all: RawBuilder<boolean>[] = [];
  if (name !== undefined) all.push(sql`lower(instances.name) = ${name.toLowerCase()}`);
  if (search !== undefined) all.push(sql`instances.name ILIKE ${containing(search)}`);
  if (description !== undefined) all.push(sql`instances.description ILIKE ${containing(description)}`);
  if (label !== undefined) all.push(hasLabel(label, "instances.labels"));
  if (customer !== undefined) all.push(sql`instances.customer_id = ${customer}`);
  if (integration !== undefined) all.push(sql`instances.integration_id = ${integration}`);
  return all;
}

const STATE_CONDITIONS = {
  enabled: sql<boolean>`instances.paused_at IS NULL`,
  paused: sql<boolean>`instances.paused_at IS NOT NULL`,
  deployed: sql<boolean>`instances.deployed_revision_id IS NOT NULL`,
  undeployed: sql<boolean>`instances.deployed_revision_id IS NULL`,
  deleting: sql<boolean>`instances.deleting_at IS NOT NULL`,
};

function stateCondition(db: Db, organizationId: string, state: InstanceState) {
  if (state === "outdated") return reasonCondition(db, organizationId, "new-version");
  if (state === "withdrawn") return reasonCondition(db, organizationId, "withdrawn-version");
  return STATE_CONDITIONS[state];
}

function reasonsOf(attention: AttentionFilter | undefined): readonly AttentionReason[] | undefined {
  if (attention === undefined) return undefined;
  return attention === "any" ? ATTENTION_REASONS : [attention];
}

/** As `attentionOf` (`instances.ts`) tells it of one. */
async function reasonCondition(
  db: Db,
  organizationId: string,
  reason: AttentionReason,
): Promise<RawBuilder<boolean>> {
  switch (reason) {
    case "failed-last-run":
      return sql`instances.id IN (SELECT instance_id FROM failing_instances WHERE organization_id = ${organizationId})`;
    case "schedule-overdue":
      return sql`instances.id IN (SELECT instance_id FROM schedules
        WHERE organization_id = ${organizationId} AND ${IS_OVERDUE})`;
    case "missing-config":
      return sql`instances.incomplete`;
    case "withdrawn-version":
      return hasVersion(await listVersionIds(db, organizationId, sql`withdrawn_at IS NOT NULL`));
    case "new-version":
      return hasVersion(await listVersionIds(db, organizationId, sql`number < latest`));
    default:
      return assertNever(reason);
  }
}

/** Of `schedules`: its tick should have been queued a while ago. */
export const IS_OVERDUE = sql<boolean>`NOT paused
  AND next_fire_at < now() - ${sql.lit(LIMITS.scheduleOnTimeMs)} * interval '1 ms'`;

async function listVersionIds(
  db: Db,
  organizationId: string,
  condition: RawBuilder<unknown>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM (
      SELECT id, number, withdrawn_at,
        max(number) FILTER (WHERE withdrawn_at IS NULL) OVER (PARTITION BY integration_id) AS latest
      FROM versions WHERE organization_id = ${organizationId}
    ) AS known WHERE ${condition}
  `.execute(db);
  return rows.map((row) => row.id);
}

function hasVersion(ids: readonly string[]): RawBuilder<boolean> {
  return sql`instances.version_id = ANY(${ids}::uuid[])`;
}

function and(conditions: readonly RawBuilder<boolean>[]): RawBuilder<boolean> {
  return sql`(${sql.join(conditions, sql` AND `)})`;
}
