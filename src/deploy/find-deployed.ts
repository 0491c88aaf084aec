import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import { findRevision, type RevisionRow } from "#db/revisions.ts";

/** The revision that an instance runs; undefined where none is deployed. */
export async function findDeployed(
  db: Db,
  organizationId: string,
  { id: instanceId, deployedRevision: number }: Pick<InstanceRow, "id" | "deployedRevision">,
): Promise<RevisionRow | undefined> {
  return number === null ? undefined : findRevision(db, { organizationId, instanceId, number });
}
