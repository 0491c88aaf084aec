import { type Transaction, sql } from "kysely";
import type { Db } from "./connect.ts";
import { isPostgresError, SQLSTATE } from "./postgres-error.ts";
import { requeue } from "./requests.ts";
import type { Database } from "./schema.ts";

/**
 * The end of a customer with its instances: marked by the api, carried out by a worker. Its row goes last, once no
 * instance is left, so that it is there to be seen as deleting.
 */

export interface CustomerToDelete {
  name: string;
  hasInstances: boolean;
  deletingAt: Date | null;
}

/** With its row locked until the transaction ends. */
export async function lockCustomerToDelete(
  transaction: Transaction<Database>,
  key: { organizationId: string; id: string },
): Promise<CustomerToDelete | undefined> {
  const { rows } = await sql<CustomerToDelete>`
    SELECT name, deleting_at AS "deletingAt",
      EXISTS (SELECT FROM instances WHERE customer_id = customers.id) AS "hasInstances"
    FROM customers WHERE id = ${key.id} AND organization_id = ${key.organizationId} FOR UPDATE
  `.execute(transaction);
  return rows[0];
}

/** From now on it is given no new instance. */
export async function markCustomerDeleting(transaction: Db, id: string): Promise<void> {
  await sql`UPDATE customers SET deleting_at = now(), edit = edit + 1, updated_at = now()
    WHERE id = ${id}`.execute(transaction);
}

export interface CustomerInstances {
  left: number;
  /** Up to `limit` of them whose deletion has not begun. */
  notBegun: string[];
}

/** Undefined where the customer is gone, or nobody asked for its deletion. */
export async function findDeletingCustomer(
  db: Db,
  key: { organizationId: string; customerId: string; limit: number },
): Promise<CustomerInstances | undefined> {
  const { rows } = await sql<CustomerInstances>`
    SELECT (SELECT count(*)::int FROM instances WHERE customer_id = customers.id) AS left,
      ARRAY(SELECT id::text FROM instances WHERE customer_id = customers.id AND deleting_at IS NULL
        ORDER BY id LIMIT ${key.limit}) AS "notBegun"
    FROM customers WHERE id = ${key.customerId} AND organization_id = ${key.organizationId} AND deleting_at IS NOT NULL
  `.execute(db);
  return rows[0];
}

/** False where an instance was given to it meanwhile. */
export async function deleteMarkedCustomer(db: Db, customerId: string): Promise<boolean> {
  try {
    await sql`DELETE FROM customers WHERE id = ${customerId} AND deleting_at IS NOT NULL`.execute(db);
    return true;
  } catch (error) {
    if (isPostgresError(error, SQLSTATE.foreignKeyViolation)) return false;
    throw error;
  }
}

/** Asks again for deletions whose request was given up. */
export function requeueCustomerDeletions(db: Db, deadline: Date): Promise<void> {
  const isUnfinished = sql`deleting_at < now() - interval '1 minute'`;
  return requeue(db, {
    kind: "delete-customer",
    field: "customerId",
    table: "customers",
    isUnfinished,
    deadline,
  });
}
