import { createId } from "#contract/create-id.ts";
import { definitionSchema } from "#contract/definition.ts";
import type { webhookTriggerSchema } from "#contract/webhook.ts";
import type { Db } from "#db/connect.ts";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import type { Vault } from "#vault/create-vault.ts";
import { generateApiKey, generateEndpointToken } from "#vault/generate-token.ts";
import type { z } from "zod";

export interface SeededEndpoint {
  token: string;
  flowId: string;
  instanceId: string;
  organizationId: string;
  customerId: string;
  apiKey: string;
  apiKeyId: string;
}

export type TriggerInput = Omit<z.input<typeof webhookTriggerSchema>, "type">;

export interface SeedOptions {
  db: Db;
  vault: Pick<Vault, "seal" | "hashApiKey">;
  trigger?: TriggerInput;
  secret?: string;
  deployed?: boolean;
}

/** A deployed instance with one webhook flow and one API key. */
export async function seedEndpoint(options: SeedOptions): Promise<SeededEndpoint> {
  const { db, vault, trigger = {}, secret, deployed = true } = options;
  const [organizationId, customerId, integrationId] = [createId(), createId(), createId()];
  const [versionId, instanceId, revisionId, flowId] = [createId(), createId(), createId(), createId()];
  const sha256 = createId();
  const definition = definitionSchema.parse({
    format: 1,
    key: "test",
    name: "Test",
    flows: [
      { key: "push", trigger: { type: "webhook", ...trigger }, steps: [{ type: "step", key: "only" }] },
    ],
  });
  await db
    .insertInto("customers")
    .values({ id: customerId, organization_id: organizationId, name: "C" })
    .execute();
  await db
    .insertInto("integrations")
    .values({ id: integrationId, organization_id: organizationId, key: "test", name: "Test" })
    .execute();
  await db.insertInto("bundles").values({ organization_id: organizationId, sha256, code: "" }).execute();
  await db
    .insertInto("versions")
    .values({
      id: versionId,
      organization_id: organizationId,
      integration_id: integrationId,
      number: 1,
      bundle_sha256: sha256,
      definition: JSON.stringify(definition),
    })
    .execute();
  await db
    .insertInto("instances")
    .values({
      id: instanceId,
      organization_id: organizationId,
      customer_id: customerId,
      integration_id: integrationId,
      version_id: versionId,
      name: "I",
      deployed_revision_id: deployed ? revisionId : null,
    })
    .execute();
  await db
    .insertInto("revisions")
    .values({
      id: revisionId,
      organization_id: organizationId,
      instance_id: instanceId,
      number: 1,
      version_id: versionId,
      config: "{}",
    })
    .execute();
  const token = generateEndpointToken();
  const row = { organizationId, purpose: "signing-secret" as const, rowId: flowId };
  await db
    .insertInto("flows")
    .values({
      id: flowId,
      organization_id: organizationId,
      customer_id: customerId,
      instance_id: instanceId,
      integration_id: integrationId,
      key: "push",
      endpoint_token: token,
      signing_secret: secret === undefined ? null : await vault.seal(row, Buffer.from(secret)),
    })
    .execute();
  const [apiKey, apiKeyId] = [generateApiKey(), createId()];
  await db
    .insertInto("flow_api_keys")
    .values({
      id: apiKeyId,
      organization_id: organizationId,
      flow_id: flowId,
      name: "first",
      hash: vault.hashApiKey(apiKey),
      hint: apiKey.slice(-4),
    })
    .execute();
  return { token, flowId, instanceId, organizationId, customerId, apiKey, apiKeyId };
}

/** Changes an instance as the api would: with the endpoint's counter, in one transaction. */
export async function changeInstance(
  db: Db,
  endpoint: SeededEndpoint,
  change: { paused_at?: Date | null; deleting_at?: Date | null; deployed_revision_id?: string | null },
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction.updateTable("instances").set(change).where("id", "=", endpoint.instanceId).execute();
    await recordEndpointChange(transaction, [endpoint.flowId]);
  });
}
