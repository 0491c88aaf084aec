import type { Definition } from "#contract/definition.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { Db } from "./connect.ts";

/** What running an execution of a revision takes, besides the code itself. Immutable, so it may be kept by id. */
export interface FlowCode {
  organizationId: string;
  bundleSha256: string;
  /** JSON text of the config values by key. */
  configJson: string;
  /** Of the version. */
  manifest: PermissionManifest;
  /** Of the instance. */
  grant: PermissionManifest;
  /** Of the steps that have their own, by `stepName`. */
  stepPermissions: ReadonlyMap<string, PermissionManifest>;
  isolation: "integration" | "customer";
  flowKeys: readonly string[];
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
    manifest: row.definition.permissions,
    grant: row.grants,
    stepPermissions: stepPermissionsOf(row.definition),
    isolation: row.definition.isolation,
    flowKeys: row.definition.flows.map(({ key }) => key),
  };
}

export function stepName(flowKey: string, stepKey: string): string {
  return `${flowKey}/${stepKey}`;
}

function stepPermissionsOf({ flows }: Definition): ReadonlyMap<string, PermissionManifest> {
  return new Map(
    flows.flatMap((flow) =>
      flow.steps.flatMap(({ key, permissions }): [string, PermissionManifest][] =>
        permissions === undefined ? [] : [[stepName(flow.key, key), permissions]],
      ),
    ),
  );
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
