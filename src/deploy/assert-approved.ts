import { EngineError } from "#contract/errors.ts";
import { describeWidening, findWidenings, type Widening } from "#contract/permission-sets.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import { listApprovedWidenings } from "#db/permission-approvals.ts";
import { findDeployed } from "./find-deployed.ts";

/**
 * What the instance would get beyond what its deployed revision was granted. Nothing where none is deployed: whoever
 * deploys an instance first grants what its version asks for.
 */
export async function findUngranted(
  db: Db,
  organizationId: string,
  { instance, permissions }: { instance: InstanceRow; permissions: PermissionManifest },
): Promise<Widening[]> {
  const deployed = await findDeployed(db, organizationId, instance);
  return deployed === undefined ? [] : findWidenings(deployed.grants, permissions);
}

interface Wanted {
  instance: InstanceRow;
  versionId: string;
  permissions: PermissionManifest;
}

/** In words, what of it nobody has approved for this version. */
export async function findUnapproved(db: Db, organizationId: string, wanted: Wanted): Promise<string[]> {
  const ungranted = await findUngranted(db, organizationId, wanted);
  if (ungranted.length === 0) return [];
  const { instance, versionId } = wanted;
  const approved = await listApprovedWidenings(db, { organizationId, instanceId: instance.id, versionId });
  const known = new Set(approved.map(describeWidening));
  return ungranted.map(describeWidening).filter((widening) => !known.has(widening));
}

/** @throws EngineError `request/approval-required` that lists what nobody has approved for this instance */
export async function assertApproved(db: Db, organizationId: string, wanted: Wanted): Promise<void> {
  const open = await findUnapproved(db, organizationId, wanted);
  if (open.length === 0) return;
  const { instance } = wanted;
  throw new EngineError(
    "request/approval-required",
    `Instance ${instance.id} would be allowed more than before: ${open.join("; ")}. Have it approved: POST /api/v1/instances/${instance.id}/approve, or millrace instances:approve`,
    { problems: open.map((message) => ({ field: "/permissions", message })) },
  );
}
