import type { Transaction } from "kysely";
import { checkConfigValues, findMissing, resolveConfig } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import { describeWidening, findWidenings, intersectPermissions } from "#contract/permission-sets.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { JsonObject } from "#contract/json.ts";
import type { Db } from "#db/connect.ts";
import { insertDeployRuns } from "#db/deploy-runs.ts";
import { recordEndpointChange } from "#db/endpoint-changes.ts";
import { listFlowIds, replaceFlows } from "#db/flows.ts";
import { type InstanceRow, updateInstance } from "#db/instances.ts";
import { insertRevision, type RevisionRow } from "#db/revisions.ts";
import type { Database } from "#db/schema.ts";
import { generateEndpointToken } from "#vault/generate-token.ts";
import { assertApproved } from "./assert-approved.ts";
import { assertChecked, type CheckedValues } from "./assert-checked.ts";
import { deploySchedules } from "./deploy-schedules.ts";

export interface Deployment {
  versionId: string;
  version: number;
  definition: Definition;
  /** As set for the instance, defaults not filled in. */
  values: JsonObject;
  note: string;
  createdBy: string | undefined;
  /** Of the api, as senders reach it: deploy flows are told where webhooks arrive. */
  publicUrl: string;
  /** Where it is not all that the version asks for. */
  grants?: PermissionManifest | undefined;
  /** What authors' checks have seen: needed where the version has checks for some of the values. */
  checked?: CheckedValues;
  /** It was deployed with these values and grants before, so that nobody has to check or approve them again. */
  wasGranted?: boolean;
}

/** What a revision holds. */
export type DeployedContents = Pick<RevisionRow, "config" | "grants">;

export interface DeployedRevision extends DeployedContents {
  revision: number;
  revisionId: string;
  /** Of the queue, to hint at after the commit: deploy flows wait there. */
  shards: number[];
}

/**
 * Makes the next revision and everything that follows from it, within the transaction that holds the instance's row:
 * all of it is visible at once, or none.
 *
 * 1. A revision's config has a value for each variable of its version; nothing is looked up later.
 * 2. A flow keeps its id and its URL over all deploys; one that the version no longer has answers 410.
 * 3. Deploy flows are queued with it. Whether they succeed changes nothing: the instance is deployed.
 * 4. Schedules go by the new revision from the commit on; a tick comes before or after it as a whole.
 *
 * @throws EngineError as `checkDeployment` does
 */
export async function deployInstance(
  transaction: Transaction<Database>,
  organizationId: string,
  { instance, deployment }: { instance: InstanceRow; deployment: Deployment },
): Promise<DeployedRevision> {
  const { definition, values, versionId, version, publicUrl } = deployment;
  const { config, grants } = await checkDeployment(transaction, organizationId, { instance, deployment });
  const number = instance.lastRevisionNumber + 1;
  const revisionId = await insertRevision(transaction, {
    organizationId,
    instanceId: instance.id,
    number,
    versionId,
    config,
    grants,
    note: deployment.note,
    createdBy: deployment.createdBy,
  });
  await replaceFlows(
    transaction,
    { ...instance, organizationId },
    { keys: definition.flows.map((flow) => flow.key), createToken: generateEndpointToken },
  );
  await deploySchedules(
    transaction,
    { ...instance, organizationId, versionId, revisionId, paused: instance.pausedAt !== null },
    { definition, config },
  );
  await updateInstance(transaction, instance.id, {
    configuration: { versionId, definition, config: values },
    deployed: { revisionId, number },
  });
  await recordEndpointChange(transaction, await listFlowIds(transaction, instance.id));
  const deployed = {
    ...instance,
    organizationId,
    versionId,
    version,
    revisionId,
    revision: number,
    definition,
  };
  const shards = await insertDeployRuns(transaction, deployed, { event: "deploy", publicUrl });
  return { revision: number, revisionId, config, grants, shards };
}

/**
 * All that a deployment is refused for, and what its revision would hold; changes nothing.
 *
 * @throws EngineError `request/instance-incomplete` with all that is missing, `request/approval-required` with what
 * would be allowed beyond the deployed revision's grants, `request/invalid`, or as `assertChecked` does
 */
export async function checkDeployment(
  db: Db,
  organizationId: string,
  { instance, deployment }: { instance: InstanceRow; deployment: Deployment },
): Promise<DeployedContents> {
  const { definition, values, versionId } = deployment;
  assertDeployable(instance.id, definition, values);
  const grants = grantsOf(deployment);
  if (deployment.wasGranted !== true) {
    assertChecked(deployment.checked, { instanceId: instance.id, ...deployment });
    await assertApproved(db, organizationId, { instance, versionId, permissions: grants });
  }
  return { config: resolveConfig(definition, values), grants };
}

/** An instance may be given less than its version asks for, never more. */
function grantsOf({ definition, grants }: Deployment): PermissionManifest {
  const asked = definition.permissions;
  if (grants === undefined) return asked;
  const beyond = findWidenings(asked, grants).map(describeWidening);
  if (beyond.length === 0) return intersectPermissions(asked, grants);
  throw new EngineError(
    "request/invalid",
    `/grants go beyond what the version asks for: ${beyond.join("; ")}; leave them out, or deploy a version that asks for them`,
    { problems: beyond.map((message) => ({ field: "/grants", message })) },
  );
}

function assertDeployable(instanceId: string, definition: Definition, values: JsonObject): void {
  const wrong = checkConfigValues(definition, values);
  if (wrong.length > 0) throw invalidConfig(wrong);
  const missing = findMissing(definition, values);
  if (missing.length === 0) return;
  throw new EngineError(
    "request/instance-incomplete",
    `Instance ${instanceId} cannot be deployed: ${missing.map(({ field, message }) => `${field}: ${message}`).join("; ")}. Set what is missing with PUT /api/v1/instances/${instanceId}/config, then deploy`,
    { problems: missing },
  );
}

export function invalidConfig(problems: ReturnType<typeof checkConfigValues>): EngineError {
  const words = problems.map(({ field, message }) => `${field} ${message}`);
  return new EngineError("request/invalid", `Config values that do not fit: ${words.join("; ")}`, {
    problems,
  });
}
