import { type QueryExecutorProvider, sql } from "kysely";

/** The wrapped data key of an organization, and the id of the master key that wraps it. */
export interface OrganizationKeyRow {
  keyId: string;
  wrappedKey: Buffer;
}

export async function findOrganizationKey(
  db: QueryExecutorProvider,
  organizationId: string,
): Promise<OrganizationKeyRow | undefined> {
  const { rows } = await sql<OrganizationKeyRow>`
    SELECT key_id AS "keyId", wrapped_key AS "wrappedKey"
    FROM organization_keys WHERE organization_id = ${organizationId}
  `.execute(db);
  return rows[0];
}

/** The first writer's key stays: everything that was sealed depends on it. */
export async function insertOrganizationKeyIfAbsent(
  db: QueryExecutorProvider,
  organizationId: string,
  key: { keyId: string; wrappedKey: Uint8Array },
): Promise<void> {
  await sql`
    INSERT INTO organization_keys (organization_id, key_id, wrapped_key)
    VALUES (${organizationId}, ${key.keyId}, ${Buffer.from(key.wrappedKey)})
    ON CONFLICT (organization_id) DO NOTHING
  `.execute(db);
}
