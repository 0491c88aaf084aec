import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";
import { containing, hasLabel, type Page, type PageRequest, readPage, toPage } from "./page.ts";

export interface CustomerRow {
  id: string;
  name: string;
  description: string;
  externalId: string | null;
  labels: string[];
  /** Set: a worker is removing it with its instances. */
  deletingAt: Date | null;
  edit: number;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = [
  "id",
  "name",
  "description",
  "external_id as externalId",
  "labels",
  "deleting_at as deletingAt",
  "edit",
  "created_at as createdAt",
  "updated_at as updatedAt",
] as const;

export interface CustomerChanges {
  name?: string | undefined;
  description?: string | undefined;
  externalId?: string | null | undefined;
  labels?: string[] | undefined;
}

export interface CustomerFilter {
  /** Part of the name, description or external id. */
  search?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  label?: string | undefined;
}

function selectCustomers(db: Db, organizationId: string, filter: CustomerFilter) {
  const { search, name, externalId, label } = filter;
  let query = db.selectFrom("customers").select(COLUMNS).where("organization_id", "=", organizationId);
  if (name !== undefined) query = query.where(sql`lower(name)`, "=", name.toLowerCase());
  if (externalId !== undefined) query = query.where("external_id", "=", externalId);
  if (label !== undefined) query = query.where(hasLabel(label));
  if (search !== undefined) {
    const pattern = containing(search);
    query = query.where((where) =>
      where.or([
        where("name", "ilike", pattern),
        where("external_id", "ilike", pattern),
        where("description", "ilike", pattern),
      ]),
    );
  }
  return query;
}

/** Newest first. */
export function listCustomers(
  db: Db,
  organizationId: string,
  filter: CustomerFilter & PageRequest,
): Promise<Page<CustomerRow>> {
  return readPage(selectCustomers(db, organizationId, filter), filter);
}

/** Where a reader by name stands: behind this customer. */
export interface NamePosition {
  name: string;
  id: string;
}

/** By name, equal ones by id. `cursorOf` writes down where the next page begins. */
export async function listCustomersByName(
  db: Db,
  organizationId: string,
  filter: CustomerFilter & {
    after?: NamePosition | undefined;
    limit: number;
    cursorOf(last: NamePosition): string;
  },
): Promise<Page<CustomerRow>> {
  const { after, limit, cursorOf } = filter;
  let query = selectCustomers(db, organizationId, filter);
  if (after !== undefined)
    query = query.where(sql<boolean>`(lower(name), id) > (lower(${after.name}), ${after.id}::uuid)`);
  const rows = await query
    .orderBy(sql`lower(name)`)
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  return toPage(rows, limit, cursorOf);
}

export function findCustomer(db: Db, organizationId: string, id: string): Promise<CustomerRow | undefined> {
  return db
    .selectFrom("customers")
    .select(COLUMNS)
    .where("organization_id", "=", organizationId)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** Undefined where the external id is another customer's. */
export function insertCustomer(
  db: Db,
  organizationId: string,
  customer: { name: string; description: string; externalId?: string | undefined; labels: string[] },
): Promise<CustomerRow | undefined> {
  return db
    .insertInto("customers")
    .values({
      id: createId(),
      organization_id: organizationId,
      name: customer.name,
      description: customer.description,
      external_id: customer.externalId ?? null,
      labels: JSON.stringify(customer.labels),
    })
    .onConflict((conflict) => conflict.columns(["organization_id", "external_id"]).doNothing())
    .returning(COLUMNS)
    .executeTakeFirst();
}

/**
 * Undefined where there is none, or it has moved on from the edit given. Rejects with Postgres' `23505` where the
 * external id is another customer's.
 */
export function updateCustomer(
  db: Db,
  key: { organizationId: string; id: string; edit?: number | undefined },
  changes: CustomerChanges,
): Promise<CustomerRow | undefined> {
  let update = db
    .updateTable("customers")
    .set({
      updated_at: sql<Date>`now()`,
      edit: sql<number>`edit + 1`,
      ...(changes.name !== undefined && { name: changes.name }),
      ...(changes.description !== undefined && { description: changes.description }),
      ...(changes.externalId !== undefined && { external_id: changes.externalId }),
      ...(changes.labels !== undefined && { labels: JSON.stringify(changes.labels) }),
    })
    .where("organization_id", "=", key.organizationId)
    .where("id", "=", key.id);
  if (key.edit !== undefined) update = update.where("edit", "=", key.edit);
  return update.returning(COLUMNS).executeTakeFirst();
}

/** One that has no instance: rejects with Postgres' `23503` otherwise. */
export async function deleteCustomer(db: Db, id: string): Promise<void> {
  await db.deleteFrom("customers").where("id", "=", id).execute();
}
