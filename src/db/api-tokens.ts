import { sql } from "kysely";
import type { Db } from "./connect.ts";
import { type Page, type PageRequest, readPage } from "./page.ts";

/** An API token without its secret: what is stored is a hash. */
export interface ApiTokenRow {
  id: string;
  organizationId: string;
  name: string;
  /** First characters of the token, for a person who looks for it. */
  start: string;
  role: string;
  createdBy: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
  expiresAt: Date | null;
}

function selectTokens(db: Db) {
  return db
    .selectFrom("apikey")
    .select([
      "id",
      "referenceId as organizationId",
      sql<string>`coalesce(name, '')`.as("name"),
      sql<string>`coalesce(start, '')`.as("start"),
      sql<string>`metadata::jsonb->>'role'`.as("role"),
      sql<string | null>`metadata::jsonb->>'createdBy'`.as("createdBy"),
      "createdAt",
      "lastRequest as lastUsedAt",
      "expiresAt",
    ]);
}

/** The token with this hash, unless it is disabled or has expired. */
export function findApiTokenByHash(db: Db, hash: string): Promise<ApiTokenRow | undefined> {
  return selectTokens(db)
    .where("key", "=", hash)
    .where("enabled", "=", true)
    .where((where) => where.or([where("expiresAt", "is", null), where("expiresAt", ">", sql<Date>`now()`)]))
    .executeTakeFirst();
}

/** Newest first. */
export function listApiTokens(db: Db, organizationId: string, page: PageRequest): Promise<Page<ApiTokenRow>> {
  return readPage(selectTokens(db).where("referenceId", "=", organizationId), page);
}

export async function deleteApiToken(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("apikey")
    .where("referenceId", "=", organizationId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Notes the use, at most once a minute: a token that is used all the time is no hot row. */
export async function touchApiToken(db: Db, id: string): Promise<void> {
  await sql`
    UPDATE apikey SET "lastRequest" = now()
    WHERE id = ${id} AND ("lastRequest" IS NULL OR "lastRequest" < now() - interval '1 minute')
  `.execute(db);
}
