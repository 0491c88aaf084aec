import { EngineError } from "#contract/errors.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import { triggerSchema } from "#contract/trigger.ts";
import type { WebhookTrigger } from "#contract/webhook.ts";
import type { EndpointRow } from "#db/endpoints.ts";
import { type IntakeOwner, ownerBytes } from "#db/intake.ts";
import type { Vault } from "#vault/create-vault.ts";

/** An endpoint ready for the hot path: parsed, its secret opened, its columns encoded. */
export interface Endpoint {
  flowId: string;
  state: EndpointState;
  paused: boolean;
  apiKeys: { id: string; hash: Buffer }[];
  secret: SigningSecret;
}

export type EndpointState =
  | { type: "removed" }
  | { type: "not-deployed" }
  /** Begun by something else than a request. */
  | { type: "not-a-webhook"; trigger: string }
  /** Its trigger cannot be read: nothing is let through. */
  | { type: "broken"; reason: string }
  | { type: "deployed"; trigger: WebhookTrigger; owner: IntakeOwner };

export type SigningSecret =
  | { type: "none" }
  | { type: "open"; key: Buffer }
  /** Altered, or sealed by a key that is not configured. */
  | { type: "broken" };

/** Rejects only where the vault's database is away. */
export async function readEndpoint(row: EndpointRow, vault: Pick<Vault, "open">): Promise<Endpoint> {
  return {
    flowId: row.flowId,
    state: readState(row),
    paused: row.paused,
    apiKeys: row.apiKeys,
    secret: await openSecret(row, vault),
  };
}

function readState(row: EndpointRow): EndpointState {
  const { versionId, revisionId } = row;
  if (row.removed) return { type: "removed" };
  // A flow that the deployed version does not have is as good as not deployed.
  if (versionId === null || revisionId === null || row.trigger === null) return { type: "not-deployed" };
  const trigger = triggerSchema.safeParse(row.trigger);
  if (!trigger.success) {
    const [issue] = trigger.error.issues;
    return {
      type: "broken",
      reason: `${issue?.path.join(".") ?? "trigger"}: ${issue?.message ?? "not valid"}`,
    };
  }
  if (trigger.data.type !== "webhook") return { type: "not-a-webhook", trigger: trigger.data.type };
  return { type: "deployed", trigger: trigger.data, owner: readOwner(row, { versionId, revisionId }) };
}

function readOwner(row: EndpointRow, deployed: { versionId: string; revisionId: string }): IntakeOwner {
  const lane = laneOf(row);
  const owner = {
    ...deployed,
    organizationId: row.organizationId,
    customerId: row.customerId,
    instanceId: row.instanceId,
    integrationId: row.integrationId,
    flowId: row.flowId,
    flowKey: row.flowKey,
    lane,
    shard: shardOf(lane),
  };
  return { ...owner, bytes: ownerBytes(owner) };
}

async function openSecret(row: EndpointRow, vault: Pick<Vault, "open">): Promise<SigningSecret> {
  if (row.signingSecret === null) return { type: "none" };
  try {
    const key = await vault.open(
      { organizationId: row.organizationId, purpose: "signing-secret", rowId: row.flowId },
      row.signingSecret,
    );
    return key.length === 0 ? { type: "none" } : { type: "open", key };
  } catch (error) {
    if (error instanceof EngineError) return { type: "broken" };
    throw error;
  }
}
