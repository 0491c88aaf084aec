import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";
import { containing, type Page, type PageRequest, toPage } from "./page.ts";

export interface IntegrationRow {
  id: string;
  key: string;
  name: string;
  description: string;
  latestVersion: number;
  createdAt: Date;
  updatedAt: Date;
}

function selectIntegrations(db: Db, organizationId: string) {
  return db
    .selectFrom("integrations")
    .select([
      "id",
      "key",
      "name",
      "description",
      sql<number>`coalesce((SELECT max(number) FROM versions WHERE integration_id = integrations.id), 0)`.as(
        "latestVersion",
      ),
      "created_at as createdAt",
      "updated_at as updatedAt",
    ])
    .where("organization_id", "=", organizationId);
}

export async function listIntegrations(
  db: Db,
  organizationId: string,
  filter: PageRequest & { search?: string | undefined; key?: string | undefined },
): Promise<Page<IntegrationRow>> {
  const { cursor, limit, search, key } = filter;
  let query = selectIntegrations(db, organizationId);
  if (cursor !== undefined) query = query.where("id", "<", cursor);
  if (key !== undefined) query = query.where("key", "=", key);
  if (search !== undefined) {
    const pattern = containing(search);
    query = query.where((where) =>
      where.or([where("name", "ilike", pattern), where("key", "ilike", pattern)]),
    );
  }
  return toPage(
    await query
      .orderBy("id", "desc")
      .limit(limit + 1)
      .execute(),
    limit,
  );
}

export function findIntegration(
  db: Db,
  organizationId: string,
  id: string,
): Promise<IntegrationRow | undefined> {
  return selectIntegrations(db, organizationId).where("id", "=", id).executeTakeFirst();
}

/**
 * The integration of a key, made where it is new, with its row locked: versions are numbered one at a time. Name and
 * description follow the version that is published last.
 */
export async function upsertIntegration(
  transaction: Db,
  organizationId: string,
  integration: { key: string; name: string; description: string },
): Promise<string> {
  const { id } = await transaction
    .insertInto("integrations")
    .values({ id: createId(), organization_id: organizationId, ...integration })
    .onConflict((conflict) =>
      conflict.columns(["organization_id", "key"]).doUpdateSet({
        name: integration.name,
        description: integration.description,
        updated_at: sql<Date>`now()`,
      }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}
