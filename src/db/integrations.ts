import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";
import { containing, type Page, type PageRequest, readPage } from "./page.ts";

export interface IntegrationRow {
  id: string;
  key: string;
  name: string;
  description: string;
  category: string;
  icon: string;
  documentation: string;
  /** The newest that is not withdrawn; 0 where there is none. */
  latestVersion: number;
  edit: number;
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
      "category",
      "icon",
      "documentation",
      sql<number>`coalesce((SELECT max(number) FROM versions
        WHERE integration_id = integrations.id AND withdrawn_at IS NULL), 0)`.as("latestVersion"),
      "edit",
      "created_at as createdAt",
      "updated_at as updatedAt",
    ])
    .where("organization_id", "=", organizationId);
}

export interface IntegrationFilter {
  /** Part of the name, key or description. */
  search?: string | undefined;
  key?: string | undefined;
  category?: string | undefined;
}

/** Newest first. */
export function listIntegrations(
  db: Db,
  organizationId: string,
  filter: IntegrationFilter & PageRequest,
): Promise<Page<IntegrationRow>> {
  const { search, key, category } = filter;
  let query = selectIntegrations(db, organizationId);
  if (key !== undefined) query = query.where("key", "=", key);
  if (category !== undefined) query = query.where("category", "=", category);
  if (search !== undefined) {
    const pattern = containing(search);
    query = query.where((where) =>
      where.or([
        where("name", "ilike", pattern),
        where("key", "ilike", pattern),
        where("description", "ilike", pattern),
      ]),
    );
  }
  return readPage(query, filter);
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
        edit: sql<number>`integrations.edit + 1`,
      }),
    )
    .returning("id")
    .executeTakeFirstOrThrow();
  return id;
}

export interface IntegrationChanges {
  category?: string | undefined;
  icon?: string | undefined;
  documentation?: string | undefined;
}

/** False where there is none, or it has moved on from the edit given. */
export async function updateIntegration(
  db: Db,
  key: { organizationId: string; id: string; edit?: number | undefined },
  changes: IntegrationChanges,
): Promise<boolean> {
  let update = db
    .updateTable("integrations")
    .set({
      updated_at: sql<Date>`now()`,
      edit: sql<number>`edit + 1`,
      ...(changes.category !== undefined && { category: changes.category }),
      ...(changes.icon !== undefined && { icon: changes.icon }),
      ...(changes.documentation !== undefined && { documentation: changes.documentation }),
    })
    .where("organization_id", "=", key.organizationId)
    .where("id", "=", key.id);
  if (key.edit !== undefined) update = update.where("edit", "=", key.edit);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows > 0n;
}
