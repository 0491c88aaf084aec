import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";
import { containing, type Page, type PageRequest, toPage } from "./page.ts";

export interface CustomerRow {
  id: string;
  name: string;
  description: string;
  externalId: string | null;
  labels: string[];
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = [
  "id",
  "name",
  "description",
  "external_id as externalId",
  "labels",
  "created_at as createdAt",
  "updated_at as updatedAt",
] as const;

export interface CustomerChanges {
  name?: string | undefined;
  description?: string | undefined;
  externalId?: string | null | undefined;
  labels?: string[] | undefined;
}

export async function listCustomers(
  db: Db,
  organizationId: string,
  filter: PageRequest & { search?: string | undefined; name?: string | undefined },
): Promise<Page<CustomerRow>> {
  const { cursor, limit, search, name } = filter;
  let query = db.selectFrom("customers").select(COLUMNS).where("organization_id", "=", organizationId);
  if (cursor !== undefined) query = query.where("id", "<", cursor);
  if (name !== undefined) query = query.where(sql`lower(name)`, "=", name.toLowerCase());
  if (search !== undefined) {
    const pattern = containing(search);
    query = query.where((where) =>
      where.or([where("name", "ilike", pattern), where("external_id", "ilike", pattern)]),
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

/** Rejects with Postgres' `23505` where the external id is another customer's. */
export function updateCustomer(
  db: Db,
  key: { organizationId: string; id: string },
  changes: CustomerChanges,
): Promise<CustomerRow | undefined> {
  return db
    .updateTable("customers")
    .set({
      updated_at: sql<Date>`now()`,
      ...(changes.name !== undefined && { name: changes.name }),
      ...(changes.description !== undefined && { description: changes.description }),
      ...(changes.externalId !== undefined && { external_id: changes.externalId }),
      ...(changes.labels !== undefined && { labels: JSON.stringify(changes.labels) }),
    })
    .where("organization_id", "=", key.organizationId)
    .where("id", "=", key.id)
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Rejects with Postgres' `23503` while the customer has instances. */
export async function deleteCustomer(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom("customers")
    .where("organization_id", "=", organizationId)
    .where("id", "=", id)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}
