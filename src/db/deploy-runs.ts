import { type Transaction, sql } from "kysely";
import type { Definition } from "#contract/definition.ts";
import type { FailureRecord, ExecutionState } from "#contract/states.ts";
import type { DeployTrigger } from "#contract/trigger.ts";
import type { Db } from "./connect.ts";
import { insertExecution } from "./insert-execution.ts";
import type { Database } from "./schema.ts";

/** An instance as it is deployed, or about to be. */
export interface DeployedInstance {
  id: string;
  organizationId: string;
  customerId: string;
  integrationId: string;
  versionId: string;
  version: number;
  revisionId: string;
  revision: number;
  definition: Definition;
}

/**
 * Queues an execution of each flow that is to run at this event, within the transaction that brings the event about.
 * Each reads what happened, and where the instance's webhooks arrive, as its trigger's body. Returns the shards to
 * look at after the commit.
 */
export async function insertDeployRuns(
  transaction: Transaction<Database>,
  instance: DeployedInstance,
  { event, publicUrl }: { event: DeployTrigger["on"]; publicUrl: string },
): Promise<number[]> {
  const keys = instance.definition.flows
    .filter(({ trigger }) => trigger.type === "deploy" && trigger.on === event)
    .map(({ key }) => key);
  if (keys.length === 0) return [];
  const flows = await transaction
    .selectFrom("flows")
    .select(["id", "key", "endpoint_token"])
    .where("instance_id", "=", instance.id)
    .where("removed_at", "is", null)
    .orderBy("key")
    .execute();
  const webhooks = Object.fromEntries(
    instance.definition.flows
      .filter(({ trigger }) => trigger.type === "webhook")
      .flatMap(({ key }) => flows.filter((flow) => flow.key === key))
      .map(({ key, endpoint_token: token }) => [key, `${publicUrl}/hooks/${token}`]),
  );
  const { revision, version } = instance;
  const body = Buffer.from(JSON.stringify({ event, revision, version, webhooks }));
  const shards: number[] = [];
  for (const { id, key } of flows.filter((flow) => keys.includes(flow.key))) {
    const { executionId, shard } = await insertExecution(transaction, {
      ...instance,
      instanceId: instance.id,
      flowId: id,
      flowKey: key,
      trigger: "deploy",
      payload: {
        method: "POST",
        path: "",
        query: "",
        headers: [["content-type", "application/json"]],
        body,
      },
    });
    await transaction
      .insertInto("deploy_runs")
      .values({
        revision_id: instance.revisionId,
        event,
        flow_id: id,
        instance_id: instance.id,
        flow_key: key,
        execution_id: executionId,
      })
      .execute();
    shards.push(shard);
  }
  return shards;
}

export interface DeployRun {
  flowKey: string;
  executionId: string;
  /** Null where retention has taken the execution. */
  state: ExecutionState | null;
  error: FailureRecord | null;
}

/** What the last deploy of each instance has begun, by instance. */
export async function findDeployRuns(
  db: Db,
  instanceIds: readonly string[],
): Promise<Map<string, DeployRun[]>> {
  const runs = new Map<string, DeployRun[]>();
  if (instanceIds.length === 0) return runs;
  const { rows } = await sql<DeployRun & { instanceId: string }>`
    SELECT instances.id AS "instanceId", runs.flow_key AS "flowKey", runs.execution_id AS "executionId", e.state, e.error
    FROM instances
    JOIN deploy_runs AS runs ON runs.revision_id = instances.deployed_revision_id AND runs.event = 'deploy'
    LEFT JOIN LATERAL (SELECT state, error FROM executions WHERE id = runs.execution_id LIMIT 1) AS e ON true
    WHERE instances.id = ANY(${instanceIds}::uuid[])
    ORDER BY runs.flow_key
  `.execute(db);
  for (const { instanceId, ...run } of rows) runs.set(instanceId, [...(runs.get(instanceId) ?? []), run]);
  return runs;
}

export interface DeletionRuns {
  /** Since they were begun. */
  ageMs: number;
  runs: DeployRun[];
}

/** The deletion flows of an instance, once they were begun. */
export async function findDeletionRuns(db: Db, instanceId: string): Promise<DeletionRuns | undefined> {
  const { rows } = await sql<{ ageMs: number | null }>`
    SELECT extract(epoch FROM now() - deletion_flows_at)::float8 * 1000 AS "ageMs"
    FROM instances WHERE id = ${instanceId}`.execute(db);
  const ageMs = rows[0]?.ageMs ?? null;
  if (ageMs === null) return undefined;
  const { rows: runs } = await sql<DeployRun>`
    SELECT runs.flow_key AS "flowKey", runs.execution_id AS "executionId", e.state, e.error
    FROM deploy_runs AS runs
    LEFT JOIN LATERAL (SELECT state, error FROM executions WHERE id = runs.execution_id LIMIT 1) AS e ON true
    WHERE runs.instance_id = ${instanceId} AND runs.event = 'delete' ORDER BY runs.flow_key
  `.execute(db);
  return { ageMs, runs };
}

/** Begins the deletion flows of an instance that is being deleted, once. Returns the shards to look at. */
export function insertDeletionRuns(db: Db, instanceId: string, publicUrl: string): Promise<number[]> {
  return db.transaction().execute(async (transaction) => {
    const { rows } = await sql<DeployedInstance>`
      UPDATE instances AS i SET deletion_flows_at = now()
      FROM revisions AS r JOIN versions AS v ON v.id = r.version_id
      WHERE i.id = ${instanceId} AND i.deleting_at IS NOT NULL AND i.deletion_flows_at IS NULL
        AND r.id = i.deployed_revision_id
      RETURNING i.id, i.organization_id AS "organizationId", i.customer_id AS "customerId",
        i.integration_id AS "integrationId", v.id AS "versionId", v.number AS version, r.id AS "revisionId",
        r.number AS revision, v.definition
    `.execute(transaction);
    const [instance] = rows;
    if (instance !== undefined)
      return insertDeployRuns(transaction, instance, { event: "delete", publicUrl });
    await sql`UPDATE instances SET deletion_flows_at = now()
      WHERE id = ${instanceId} AND deletion_flows_at IS NULL`.execute(transaction);
    return [];
  });
}
