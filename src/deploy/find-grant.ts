import { intersectPermissions } from "#contract/permission-sets.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import { findUnapproved } from "./assert-approved.ts";
import { findDeployed } from "./find-deployed.ts";

/**
 * What code of a version may do for an instance before it is deployed there: all that the version asks for where
 * nothing is deployed yet or what it widens was approved; else no more than the deployed revision was granted.
 */
export async function findGrant(
  db: Db,
  organizationId: string,
  wanted: { instance: InstanceRow; versionId: string; permissions: PermissionManifest },
): Promise<PermissionManifest> {
  const { instance, permissions } = wanted;
  if ((await findUnapproved(db, organizationId, wanted)).length === 0) return permissions;
  const deployed = await findDeployed(db, organizationId, instance);
  return deployed === undefined ? {} : intersectPermissions(permissions, deployed.grants);
}
