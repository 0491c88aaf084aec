import { createId } from "#contract/create-id.ts";
import { type Definition, definitionSchema } from "#contract/definition.ts";
import type { Db } from "#db/connect.ts";
import { insertExecution, type NewExecution } from "#db/insert-execution.ts";
import { generateEndpointToken } from "#vault/generate-token.ts";

export interface SeededVersion {
  organizationId: string;
  integrationId: string;
  versionId: string;
}

export type SeededFlow = Omit<NewExecution, "payload" | "trigger" | "executionId"> & {
  endpointToken: string;
};

export interface SeedVersionOptions {
  organizationId?: string;
  definition?: Definition;
  code?: string;
  sha256?: string;
}

/** A version of one flow `push` with one step, or as defined. */
export async function seedVersion(db: Db, options: SeedVersionOptions = {}): Promise<SeededVersion> {
  const { organizationId = createId(), sha256 = createId(), code = "", definition = oneStep() } = options;
  const [integrationId, versionId] = [createId(), createId()];
  const owner = { organization_id: organizationId };
  await db
    .insertInto("integrations")
    .values({ ...owner, id: integrationId, key: `test-${integrationId.slice(-8)}`, name: "Test" })
    .execute();
  await db
    .insertInto("bundles")
    .values({ ...owner, sha256, code })
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
      definition: JSON.stringify(definition),
    })
    .execute();
  return { organizationId, integrationId, versionId };
}

/** A flow of a version, deployed for a customer of its own. */
export async function seedInstance(db: Db, version: SeededVersion, flowKey: string): Promise<SeededFlow> {
  const [customerId, instanceId, revisionId, flowId] = [createId(), createId(), createId(), createId()];
  const { organizationId, integrationId, versionId } = version;
  const endpointToken = generateEndpointToken();
  const owner = { organization_id: organizationId };
  const instance = { ...owner, customer_id: customerId, integration_id: integrationId };
  await db
    .insertInto("customers")
    .values({ ...owner, id: customerId, name: "Quiet Corp" })
    .execute();
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
    .values({
      ...instance,
      id: flowId,
      instance_id: instanceId,
      key: flowKey,
      endpoint_token: endpointToken,
    })
    .execute();
  return { ...version, customerId, instanceId, revisionId, flowId, flowKey, endpointToken };
}

export async function seedFlow(db: Db, options: SeedVersionOptions = {}): Promise<SeededFlow> {
  return seedInstance(db, await seedVersion(db, options), "push");
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
