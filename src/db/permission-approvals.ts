import { createId } from "#contract/create-id.ts";
import type { Widening } from "#contract/permission-sets.ts";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

/** That an instance may get what a version widens: who said so, when, and of what. Never changed. */
export interface ApprovalRow {
  id: string;
  instanceId: string;
  versionId: string;
  version: number;
  widens: Widening[];
  note: string;
  approvedBy: string | null;
  approvedAt: Date;
}

interface InstanceKey {
  organizationId: string;
  instanceId: string;
}

function selectApprovals(db: Db, { organizationId, instanceId }: InstanceKey) {
  return db
    .selectFrom("permission_approvals")
    .innerJoin("versions", "versions.id", "permission_approvals.version_id")
    .select([
      "permission_approvals.id",
      "permission_approvals.instance_id as instanceId",
      "permission_approvals.version_id as versionId",
      "versions.number as version",
      "permission_approvals.widens",
      "permission_approvals.note",
      "permission_approvals.approved_by as approvedBy",
      "permission_approvals.approved_at as approvedAt",
    ])
    .where("permission_approvals.organization_id", "=", organizationId)
    .where("permission_approvals.instance_id", "=", instanceId);
}

/** Newest first. */
export function listApprovals(db: Db, key: InstanceKey, page: PageRequest): Promise<Page<ApprovalRow>> {
  return readPage(selectApprovals(db, key), page, "permission_approvals.id");
}

/** Everything that was approved for the instance and the version. */
export async function listApprovedWidenings(
  db: Db,
  key: InstanceKey & { versionId: string },
): Promise<Widening[]> {
  const rows = await db
    .selectFrom("permission_approvals")
    .select("widens")
    .where("organization_id", "=", key.organizationId)
    .where("instance_id", "=", key.instanceId)
    .where("version_id", "=", key.versionId)
    .execute();
  return rows.flatMap(({ widens }) => widens);
}

export async function insertApproval(
  transaction: Db,
  approval: InstanceKey & {
    versionId: string;
    widens: readonly Widening[];
    note: string;
    approvedBy: string | undefined;
  },
): Promise<ApprovalRow> {
  const id = createId();
  await transaction
    .insertInto("permission_approvals")
    .values({
      id,
      organization_id: approval.organizationId,
      instance_id: approval.instanceId,
      version_id: approval.versionId,
      widens: JSON.stringify(approval.widens),
      note: approval.note,
      approved_by: approval.approvedBy ?? null,
    })
    .execute();
  return selectApprovals(transaction, approval)
    .where("permission_approvals.id", "=", id)
    .executeTakeFirstOrThrow();
}
