import { createId } from "#contract/create-id.ts";
import type { JsonObject } from "#contract/json.ts";
import type { PermissionManifest } from "#contract/permissions.ts";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

/** What an instance was deployed with: never changed, every execution points at one. */
export interface RevisionRow {
  id: string;
  /** Of a draft at a test: numbered apart, and never deployed. */
  draft: boolean;
  number: number;
  versionId: string;
  version: number;
  config: JsonObject;
  grants: PermissionManifest;
  note: string;
  createdBy: string | null;
  createdAt: Date;
}

function selectRevisions(db: Db, key: { organizationId: string; instanceId: string }) {
  return db
    .selectFrom("revisions")
    .innerJoin("versions", "versions.id", "revisions.version_id")
    .select([
      "revisions.id",
      "revisions.draft",
      "revisions.number",
      "revisions.version_id as versionId",
      "versions.number as version",
      "revisions.config",
      "revisions.grants",
      "revisions.note",
      "revisions.created_by as createdBy",
      "revisions.created_at as createdAt",
    ])
    .where("revisions.organization_id", "=", key.organizationId)
    .where("revisions.instance_id", "=", key.instanceId);
}

/** Those that were deployed, or those of drafts. */
export function listRevisions(
  db: Db,
  key: { organizationId: string; instanceId: string; draft: boolean },
  page: PageRequest,
): Promise<Page<RevisionRow>> {
  const query = selectRevisions(db, key).where("revisions.draft", "=", key.draft);
  return readPage(query, page, "revisions.id");
}

export function findLastDraft(
  db: Db,
  key: { organizationId: string; instanceId: string },
): Promise<RevisionRow | undefined> {
  return selectRevisions(db, key)
    .where("revisions.draft", "=", true)
    .orderBy("revisions.number", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** One that was deployed. */
export function findRevision(
  db: Db,
  key: { organizationId: string; instanceId: string; number: number },
): Promise<RevisionRow | undefined> {
  return selectRevisions(db, key)
    .where("revisions.draft", "=", false)
    .where("revisions.number", "=", key.number)
    .executeTakeFirst();
}

export async function insertRevision(
  transaction: Db,
  revision: {
    organizationId: string;
    instanceId: string;
    draft?: boolean;
    number: number;
    versionId: string;
    config: JsonObject;
    grants: PermissionManifest;
    note: string;
    createdBy: string | undefined;
  },
): Promise<string> {
  const id = createId();
  await transaction
    .insertInto("revisions")
    .values({
      id,
      organization_id: revision.organizationId,
      instance_id: revision.instanceId,
      draft: revision.draft ?? false,
      number: revision.number,
      version_id: revision.versionId,
      config: JSON.stringify(revision.config),
      grants: JSON.stringify(revision.grants),
      note: revision.note,
      created_by: revision.createdBy ?? null,
    })
    .execute();
  return id;
}

export function findRevisionNumber(
  db: Db,
  id: string,
): Promise<{ number: number; draft: boolean } | undefined> {
  return db.selectFrom("revisions").select(["number", "draft"]).where("id", "=", id).executeTakeFirst();
}
