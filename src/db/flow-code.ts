import type { PermissionManifest } from "#contract/permissions.ts";
import type { Db } from "./connect.ts";

/** What running an execution of a revision takes, besides the code itself. Immutable, so it may be kept by id. */
export interface FlowCode {
  organizationId: string;
  bundleSha256: string;
  /** JSON text of the config values by key. */
  configJson: string;
  permissions: PermissionManifest;
  isolation: "integration" | "customer";
}

export async function findFlowCode(db: Db, revisionId: string): Promise<FlowCode | undefined> {
  const row = await db
    .selectFrom("revisions")
    .innerJoin("versions", "versions.id", "revisions.version_id")
    .select(["revisions.organization_id", "revisions.config", "revisions.grants"])
    .select(["versions.bundle_sha256", "versions.definition"])
    .where("revisions.id", "=", revisionId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    organizationId: row.organization_id,
    bundleSha256: row.bundle_sha256,
    configJson: JSON.stringify(row.config),
    permissions: row.grants,
    isolation: row.definition.isolation,
  };
}

export async function findBundle(
  db: Db,
  organizationId: string,
  sha256: string,
): Promise<{ code: string; sourceMap?: string } | undefined> {
  const row = await db
    .selectFrom("bundles")
    .select(["code", "source_map"])
    .where("organization_id", "=", organizationId)
    .where("sha256", "=", sha256)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return { code: row.code, ...(row.source_map === null ? {} : { sourceMap: row.source_map }) };
}
