/**
 * Customers that are being deleted with their instances. Locks: `customers`, for the moment of adding a column without a
 * default. The previous release gives such a customer new instances: they are deleted as well.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `ALTER TABLE customers ADD COLUMN deleting_at timestamptz`,
  `CREATE INDEX customers_deleting ON customers (deleting_at) WHERE deleting_at IS NOT NULL`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
