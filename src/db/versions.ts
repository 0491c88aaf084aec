import { sql } from "kysely";
import type { Definition } from "#contract/definition.ts";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, toPage } from "./page.ts";

export interface VersionRow {
  id: string;
  integrationId: string;
  number: number;
  bundleSha256: string;
  definition: Definition;
  note: string;
  commit: string | null;
  publishedBy: string | null;
  createdAt: Date;
}

const COLUMNS = [
  "id",
  "integration_id as integrationId",
  "number",
  "bundle_sha256 as bundleSha256",
  "definition",
  "note",
  "commit",
  "published_by as publishedBy",
  "created_at as createdAt",
] as const;

function selectVersions(db: Db, organizationId: string) {
  return db.selectFrom("versions").select(COLUMNS).where("organization_id", "=", organizationId);
}

export async function listVersions(
  db: Db,
  key: { organizationId: string; integrationId: string },
  page: PageRequest,
): Promise<Page<VersionRow>> {
  let query = selectVersions(db, key.organizationId).where("integration_id", "=", key.integrationId);
  if (page.cursor !== undefined) query = query.where("id", "<", page.cursor);
  return toPage(
    await query
      .orderBy("id", "desc")
      .limit(page.limit + 1)
      .execute(),
    page.limit,
  );
}

export function findVersion(db: Db, organizationId: string, id: string): Promise<VersionRow | undefined> {
  return selectVersions(db, organizationId).where("id", "=", id).executeTakeFirst();
}

/** The version of a number, or the latest. */
export function findVersionByNumber(
  db: Db,
  key: { organizationId: string; integrationId: string; number?: number | undefined },
): Promise<VersionRow | undefined> {
  let query = selectVersions(db, key.organizationId).where("integration_id", "=", key.integrationId);
  if (key.number !== undefined) query = query.where("number", "=", key.number);
  return query.orderBy("number", "desc").limit(1).executeTakeFirst();
}

/** The versions that are this very bundle: at most one per integration. */
export function findVersionByBundle(
  db: Db,
  organizationId: string,
  bundleSha256: string,
): Promise<VersionRow | undefined> {
  return selectVersions(db, organizationId)
    .where("bundle_sha256", "=", bundleSha256)
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The next version of an integration whose row the transaction has locked (`upsertIntegration`). */
export function insertVersion(
  transaction: Db,
  version: Omit<VersionRow, "id" | "number" | "createdAt"> & { organizationId: string },
): Promise<VersionRow> {
  return transaction
    .insertInto("versions")
    .values({
      id: createId(),
      organization_id: version.organizationId,
      integration_id: version.integrationId,
      number: sql<number>`(SELECT coalesce(max(number), 0) + 1 FROM versions WHERE integration_id = ${version.integrationId})`,
      bundle_sha256: version.bundleSha256,
      definition: JSON.stringify(version.definition),
      note: version.note,
      commit: version.commit,
      published_by: version.publishedBy,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}
