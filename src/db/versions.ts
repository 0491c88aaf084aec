import { sql } from "kysely";
import type { Definition } from "#contract/definition.ts";
import { createId } from "#contract/create-id.ts";
import type { Widening } from "#contract/permission-sets.ts";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

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
  /** No instance takes it any more. */
  withdrawnAt: Date | null;
  withdrawnBy: string | null;
  withdrawnReason: string | null;
  /** What it allows beyond the version before it. */
  widens: Widening[];
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
  "withdrawn_at as withdrawnAt",
  "withdrawn_by as withdrawnBy",
  "withdrawn_reason as withdrawnReason",
  "widens",
] as const;

function selectVersions(db: Db, organizationId: string) {
  return db.selectFrom("versions").select(COLUMNS).where("organization_id", "=", organizationId);
}

export function listVersions(
  db: Db,
  key: { organizationId: string; integrationId: string },
  page: PageRequest,
): Promise<Page<VersionRow>> {
  return readPage(
    selectVersions(db, key.organizationId).where("integration_id", "=", key.integrationId),
    page,
  );
}

export function findVersion(db: Db, organizationId: string, id: string): Promise<VersionRow | undefined> {
  return selectVersions(db, organizationId).where("id", "=", id).executeTakeFirst();
}

/** The version of a number, withdrawn or not; without one the latest that is not. */
export function findVersionByNumber(
  db: Db,
  key: { organizationId: string; integrationId: string; number?: number | undefined },
): Promise<VersionRow | undefined> {
  let query = selectVersions(db, key.organizationId).where("integration_id", "=", key.integrationId);
  query =
    key.number === undefined
      ? query.where("withdrawn_at", "is", null)
      : query.where("number", "=", key.number);
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

type NewVersion = Pick<
  VersionRow,
  "integrationId" | "bundleSha256" | "definition" | "widens" | "note" | "commit" | "publishedBy"
> & { organizationId: string };

/** The next version of an integration whose row the transaction has locked (`upsertIntegration`). */
export function insertVersion(transaction: Db, version: NewVersion): Promise<VersionRow> {
  return transaction
    .insertInto("versions")
    .values({
      id: createId(),
      organization_id: version.organizationId,
      integration_id: version.integrationId,
      number: sql<number>`(SELECT coalesce(max(number), 0) + 1 FROM versions WHERE integration_id = ${version.integrationId})`,
      bundle_sha256: version.bundleSha256,
      definition: JSON.stringify(version.definition),
      widens: JSON.stringify(version.widens),
      note: version.note,
      commit: version.commit,
      published_by: version.publishedBy,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** `null` takes it back. A version that is withdrawn already stays as it is. Undefined where there is none. */
export async function updateWithdrawal(
  db: Db,
  key: { organizationId: string; integrationId: string; number: number },
  withdrawal: { by: string | undefined; reason: string } | null,
): Promise<VersionRow | undefined> {
  await db
    .updateTable("versions")
    .set({
      withdrawn_at: withdrawal === null ? null : sql<Date>`now()`,
      withdrawn_by: withdrawal?.by ?? null,
      withdrawn_reason: withdrawal?.reason ?? null,
    })
    .where("organization_id", "=", key.organizationId)
    .where("integration_id", "=", key.integrationId)
    .where("number", "=", key.number)
    .where("withdrawn_at", withdrawal === null ? "is not" : "is", null)
    .execute();
  return findVersionByNumber(db, key);
}
