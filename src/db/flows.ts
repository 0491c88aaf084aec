import { sql } from "kysely";
import type { FlowDefinition } from "#contract/definition.ts";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";

export interface FlowRow {
  id: string;
  key: string;
  instanceId: string;
  customerId: string;
  integrationId: string;
  endpointToken: string;
  hasSigningSecret: boolean;
  activeApiKeys: number;
  removedAt: Date | null;
  createdAt: Date;
  /** Of the deployed revision, or of the last one that had the flow no more: null. */
  definition: FlowDefinition | null;
  /** Of the instance's deployed revision; null while there is none. */
  revisionId: string | null;
  versionId: string | null;
  pausedAt: Date | null;
}

function selectFlows(db: Db, organizationId: string) {
  return db
    .selectFrom("flows")
    .innerJoin("instances", "instances.id", "flows.instance_id")
    .leftJoin("revisions", "revisions.id", "instances.deployed_revision_id")
    .leftJoin("versions", "versions.id", "revisions.version_id")
    .where("flows.organization_id", "=", organizationId)
    .where("instances.deleting_at", "is", null)
    .select([
      "flows.id",
      "flows.key",
      "flows.instance_id as instanceId",
      "flows.customer_id as customerId",
      "flows.integration_id as integrationId",
      "flows.endpoint_token as endpointToken",
      sql<boolean>`flows.signing_secret IS NOT NULL`.as("hasSigningSecret"),
      sql<number>`(SELECT count(*)::int FROM flow_api_keys WHERE flow_id = flows.id AND revoked_at IS NULL)`.as(
        "activeApiKeys",
      ),
      "flows.removed_at as removedAt",
      "flows.created_at as createdAt",
      sql<FlowDefinition | null>`jsonb_path_query_first(versions.definition, '$.flows[*] ? (@.key == $key)',
        jsonb_build_object('key', flows.key))`.as("definition"),
      "revisions.id as revisionId",
      "revisions.version_id as versionId",
      "instances.paused_at as pausedAt",
    ]);
}

export function listFlows(db: Db, organizationId: string, instanceId: string): Promise<FlowRow[]> {
  return selectFlows(db, organizationId)
    .where("flows.instance_id", "=", instanceId)
    .orderBy("flows.key")
    .execute();
}

export function findFlow(db: Db, organizationId: string, id: string): Promise<FlowRow | undefined> {
  return selectFlows(db, organizationId).where("flows.id", "=", id).executeTakeFirst();
}

/** Of the flows that the deployed version has. */
export async function listFlowIdsByKey(db: Db, instanceId: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom("flows")
    .select(["id", "key"])
    .where("instance_id", "=", instanceId)
    .where("removed_at", "is", null)
    .execute();
  return new Map(rows.map(({ key, id }) => [key, id]));
}

export async function listFlowIds(db: Db, instanceId: string): Promise<string[]> {
  const rows = await db.selectFrom("flows").select("id").where("instance_id", "=", instanceId).execute();
  return rows.map((row) => row.id);
}

/**
 * Gives the instance a row for each flow of what is being deployed: known ones keep id and token, so their URLs stay,
 * also when they were removed meanwhile; the others are removed. `createToken` makes an endpoint's token.
 */
export async function replaceFlows(
  transaction: Db,
  instance: FlowOwner,
  flows: { keys: readonly string[]; createToken(): string },
): Promise<void> {
  const keys = [...flows.keys];
  await sql`UPDATE flows SET removed_at = now()
    WHERE instance_id = ${instance.id} AND removed_at IS NULL AND key <> ALL(${keys}::text[])`.execute(
    transaction,
  );
  await transaction
    .insertInto("flows")
    .values(keys.map((key) => newFlow(instance, key, flows.createToken())))
    .onConflict((conflict) => conflict.columns(["instance_id", "key"]).doUpdateSet({ removed_at: null }))
    .execute();
}

/** Rows for flows that only a draft has: removed, so that their endpoints answer 410, until a deploy brings them. */
export async function insertUndeployedFlows(
  transaction: Db,
  instance: FlowOwner,
  flows: { keys: readonly string[]; createToken(): string },
): Promise<void> {
  await transaction
    .insertInto("flows")
    .values(
      flows.keys.map((key) => ({ ...newFlow(instance, key, flows.createToken()), removed_at: sql`now()` })),
    )
    .onConflict((conflict) => conflict.columns(["instance_id", "key"]).doNothing())
    .execute();
}

interface FlowOwner {
  id: string;
  organizationId: string;
  customerId: string;
  integrationId: string;
}

function newFlow(instance: FlowOwner, key: string, endpointToken: string) {
  return {
    id: createId(),
    organization_id: instance.organizationId,
    customer_id: instance.customerId,
    instance_id: instance.id,
    integration_id: instance.integrationId,
    key,
    endpoint_token: endpointToken,
    signing_secret: null,
  };
}

export async function findFlowId(
  db: Db,
  key: { instanceId: string; flowKey: string },
): Promise<string | undefined> {
  const row = await db
    .selectFrom("flows")
    .select("id")
    .where("instance_id", "=", key.instanceId)
    .where("key", "=", key.flowKey)
    .executeTakeFirst();
  return row?.id;
}

export async function updateSigningSecret(transaction: Db, flowId: string, sealed: Buffer): Promise<void> {
  await transaction.updateTable("flows").set({ signing_secret: sealed }).where("id", "=", flowId).execute();
}
