import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** An `Idempotency-Key` of one caller, with what the call was. */
export interface IdempotencyClaim {
  organizationId: string;
  keyHash: Buffer;
  requestHash: Buffer;
}

/** What another call with the key has left. */
export interface EarlierCall {
  requestHash: Buffer;
  status: number | null;
  answer: Buffer | null;
  ageMs: number;
}

/** Takes the key; returns the earlier call where it was taken before. Keys live for `LIMITS.idempotencyKeyMs`. */
export async function claimIdempotencyKey(
  db: Db,
  claim: IdempotencyClaim,
  keptMs: number,
): Promise<EarlierCall | undefined> {
  const { rows } = await sql`
    INSERT INTO idempotency_keys AS known (organization_id, key_hash, request_hash)
    VALUES (${claim.organizationId}, ${claim.keyHash}, ${claim.requestHash})
    ON CONFLICT (organization_id, key_hash) DO UPDATE
      SET request_hash = excluded.request_hash, status = NULL, answer = NULL, created_at = now()
      WHERE known.created_at < now() - ${keptMs} * interval '1 ms'
    RETURNING key_hash
  `.execute(db);
  if (rows.length > 0) return undefined;
  const found = await sql<EarlierCall>`
    SELECT request_hash AS "requestHash", status, answer,
      extract(epoch FROM now() - created_at)::float8 * 1000 AS "ageMs"
    FROM idempotency_keys WHERE organization_id = ${claim.organizationId} AND key_hash = ${claim.keyHash}
  `.execute(db);
  // Given back between the two statements: free again.
  return found.rows[0] ?? claimIdempotencyKey(db, claim, keptMs);
}

export async function updateIdempotentAnswer(
  db: Db,
  key: Pick<IdempotencyClaim, "organizationId" | "keyHash">,
  { status, answer }: { status: number; answer: Buffer },
): Promise<void> {
  await db
    .updateTable("idempotency_keys")
    .set({ status, answer })
    .where("organization_id", "=", key.organizationId)
    .where("key_hash", "=", key.keyHash)
    .execute();
}

/** Gives a key back whose call changed nothing. */
export async function deleteIdempotencyKey(
  db: Db,
  key: Pick<IdempotencyClaim, "organizationId" | "keyHash">,
): Promise<void> {
  await db
    .deleteFrom("idempotency_keys")
    .where("organization_id", "=", key.organizationId)
    .where("key_hash", "=", key.keyHash)
    .execute();
}

export async function sweepIdempotencyKeys(
  db: Db,
  options: { olderThanMs: number; limit: number },
): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM idempotency_keys WHERE (organization_id, key_hash) IN (
      SELECT organization_id, key_hash FROM idempotency_keys
      WHERE created_at < now() - ${options.olderThanMs} * interval '1 ms' LIMIT ${options.limit})
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}
