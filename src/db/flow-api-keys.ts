import { sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { Db } from "./connect.ts";

/** A key of a flow's endpoint; the key itself is stored as a hash. */
export interface FlowApiKeyRow {
  id: string;
  name: string;
  hint: string;
  createdBy: string | null;
  createdAt: Date;
  lastUsedAt: Date | null;
}

/** Those in force, oldest first. */
export function listFlowApiKeys(db: Db, flowId: string): Promise<FlowApiKeyRow[]> {
  return db
    .selectFrom("flow_api_keys")
    .select([
      "id",
      "name",
      "hint",
      "created_by as createdBy",
      "created_at as createdAt",
      "last_used_at as lastUsedAt",
    ])
    .where("flow_id", "=", flowId)
    .where("revoked_at", "is", null)
    .orderBy("id")
    .execute();
}

/** Undefined where the flow has `limit` keys already. The flow's row is locked: two calls are counted one by one. */
export async function insertFlowApiKey(
  transaction: Db,
  key: {
    organizationId: string;
    flowId: string;
    name: string;
    hash: Buffer;
    hint: string;
    createdBy: string | undefined;
  },
  limit: number,
): Promise<string | undefined> {
  await sql`SELECT FROM flows WHERE id = ${key.flowId} FOR UPDATE`.execute(transaction);
  const present = await listFlowApiKeys(transaction, key.flowId);
  if (present.length >= limit) return undefined;
  const id = createId();
  await transaction
    .insertInto("flow_api_keys")
    .values({
      id,
      organization_id: key.organizationId,
      flow_id: key.flowId,
      name: key.name,
      hash: key.hash,
      hint: key.hint,
      created_by: key.createdBy ?? null,
    })
    .execute();
  return id;
}

export async function revokeFlowApiKey(
  transaction: Db,
  key: { organizationId: string; flowId: string; id: string },
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable("flow_api_keys")
    .set({ revoked_at: sql<Date>`now()` })
    .where("organization_id", "=", key.organizationId)
    .where("flow_id", "=", key.flowId)
    .where("id", "=", key.id)
    .where("revoked_at", "is", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
