import { createId } from "#contract/create-id.ts";
import { type Definition, definitionSchema } from "#contract/definition.ts";
import type { Db } from "#db/connect.ts";
import { insertExecution, type NewExecution } from "#db/insert-execution.ts";

export type SeededFlow = Omit<NewExecution, "payload" | "trigger" | "executionId">;

export interface SeedFlowOptions {
  organizationId?: string;
  customerName?: string;
  definition?: Definition;
  code?: string;
  sha256?: string;
}

/** A flow `push` of one step, deployed for a customer of its own. */
export async function seedFlow(db: Db, options: SeedFlowOptions = {}): Promise<SeededFlow> {
  const [customerId, integrationId, versionId] = [createId(), createId(), createId()];
  const [instanceId, revisionId, flowId] = [createId(), createId(), createId()];
  const organizationId = options.organizationId ?? createId();
  const owner = { organization_id: organizationId };
  const sha256 = options.sha256 ?? createId();
  await db
    .insertInto("customers")
    .values({ ...owner, id: customerId, name: options.customerName ?? "Quiet Corp" })
    .execute();
  await db
    .insertInto("integrations")
    .values({ ...owner, id: integrationId, key: `test-${integrationId.slice(-8)}`, name: "Test" })
    .execute();
  await db
    .insertInto("bundles")
    .values({ ...owner, sha256, code: options.code ?? "" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("versions")
    .values({
      ...owner,
      id: versionId,
      integration_id: integrationId,
      number: 1,
      bundle_sha256: sha256,
      definition: JSON.stringify(options.definition ?? oneStep()),
    })
    .execute();
  const instance = { ...owner, customer_id: customerId, integration_id: integrationId };
  await db
    .insertInto("instances")
    .values({
      ...instance,
      id: instanceId,
      version_id: versionId,
      name: "I",
      deployed_revision_id: revisionId,
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
    })
    .execute();
  await db
    .insertInto("flows")
    .values({ ...instance, id: flowId, instance_id: instanceId, key: "push", endpoint_token: createId() })
    .execute();
  return {
    organizationId,
    customerId,
    instanceId,
    integrationId,
    versionId,
    revisionId,
    flowId,
    flowKey: "push",
  };
}

function oneStep(): Definition {
  return definitionSchema.parse({
    format: 1,
    key: "test",
    name: "Test",
    flows: [{ key: "push", trigger: { type: "webhook" }, steps: [{ type: "step", key: "only" }] }],
  });
}

/** Ids of new executions in the order in which they were queued. */
export async function queueExecutions(db: Db, flow: SeededFlow, count: number): Promise<string[]> {
  const body = Buffer.from(JSON.stringify({ number: 20 }));
  const payload = { method: "POST", path: "", query: "", headers: [], body };
  const ids: string[] = [];
  await db.transaction().execute(async (transaction) => {
    while (ids.length < count) {
      const { executionId } = await insertExecution(transaction, { ...flow, trigger: "webhook", payload });
      ids.push(executionId);
    }
  });
  return ids;
}
