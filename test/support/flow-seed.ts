import { createId } from "#contract/create-id.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import type { ExecutionIdentity } from "#contract/primed-execution.ts";
import { bundleIntegration } from "#local/bundle-integration.ts";
import type { Db } from "#db/connect.ts";
import { QUEUE_STATUS } from "#db/queue.ts";

export type SeededFlow = Omit<ExecutionIdentity, "executionId"> & { flowId: string };

/** An instance with the fixture's flow `orders` deployed, allowed to reach this machine. */
export async function seedOrdersFlow(db: Db): Promise<SeededFlow> {
  const file = new URL("../fixtures/orders-flow.ts", import.meta.url).pathname;
  const { code, sourceMap, sha256 } = await bundleIntegration(file);
  const organizationId = createId();
  const [customerId, integrationId, versionId] = [createId(), createId(), createId()];
  const [instanceId, revisionId, flowId] = [createId(), createId(), createId()];
  const owner = { organization_id: organizationId };
  const permissions = { net: { allow: ["127.0.0.1"], deny: [] } };
  const definition = {
    format: 1,
    key: "orders",
    name: "Orders",
    isolation: "integration",
    permissions,
    flows: [],
  };
  await db
    .insertInto("customers")
    .values({ ...owner, id: customerId, external_id: null, name: "Acme" })
    .execute();
  await db
    .insertInto("integrations")
    .values({ ...owner, id: integrationId, key: "orders", name: "Orders" })
    .execute();
  await db
    .insertInto("bundles")
    .values({ ...owner, sha256, code, source_map: sourceMap })
    .execute();
  await db
    .insertInto("versions")
    .values({
      ...owner,
      id: versionId,
      integration_id: integrationId,
      number: 1,
      bundle_sha256: sha256,
      definition: JSON.stringify(definition),
    })
    .execute();
  await db
    .insertInto("instances")
    .values({
      ...owner,
      id: instanceId,
      customer_id: customerId,
      integration_id: integrationId,
      version_id: versionId,
      name: "Acme orders",
    })
    .execute();
  await db
    .insertInto("revisions")
    .values({
      ...owner,
      id: revisionId,
      instance_id: instanceId,
      number: 1,
      version_id: versionId,
      config: "{}",
      grants: JSON.stringify(permissions),
    })
    .execute();
  await db
    .insertInto("flows")
    .values({
      ...owner,
      id: flowId,
      customer_id: customerId,
      instance_id: instanceId,
      integration_id: integrationId,
      key: "orders",
      endpoint_token: flowId,
      signing_secret: null,
    })
    .execute();
  return {
    organizationId,
    customerId,
    integrationId,
    versionId,
    instanceId,
    revisionId,
    flowId,
    flowKey: "orders",
  };
}

/** A started execution as the dispatcher leaves it, but for the run id, which is written after the start. */
export async function seedExecution(db: Db, flow: SeededFlow, body: object): Promise<string> {
  const executionId = createId();
  const lane = laneOf(flow);
  const shared = {
    organization_id: flow.organizationId,
    customer_id: flow.customerId,
    instance_id: flow.instanceId,
    revision_id: flow.revisionId,
    flow_id: flow.flowId,
    flow_key: flow.flowKey,
    trigger: "webhook" as const,
  };
  const bytes = Buffer.from(JSON.stringify(body));
  await db
    .insertInto("executions")
    .values({
      ...shared,
      id: executionId,
      integration_id: flow.integrationId,
      version_id: flow.versionId,
      state: "running",
      run_id: null,
      received_at: new Date(),
    })
    .execute();
  await db
    .insertInto("payloads")
    .values({
      execution_id: executionId,
      method: "POST",
      path: "",
      query: "",
      headers: JSON.stringify([["content-type", "application/json"]]),
      encoding: 0,
      body_bytes: bytes.length,
      body: bytes,
    })
    .execute();
  await db
    .insertInto("queue")
    .values({
      ...shared,
      execution_id: executionId,
      lane,
      shard: shardOf(lane),
      status: QUEUE_STATUS.started,
      worker_id: null,
    })
    .execute();
  return executionId;
}
