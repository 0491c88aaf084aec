import { sql } from "kysely";
import { LIMITS } from "#contract/limits.ts";
import type { Db } from "./connect.ts";

/** A request that an endpoint did not take, for the sender's view. Never a body, never a secret. */
export interface RefusedRequest {
  at: Date;
  /** The HTTP status that the sender got. */
  status: number;
  code: string;
  reason: string;
  method: string;
  /** As far as it was known. */
  bodyBytes: number | null;
}

/** The newest first; at most `LIMITS.refusedRequestsPerEndpoint`. */
export async function listRefusedRequests(db: Db, flowId: string): Promise<RefusedRequest[]> {
  return db
    .selectFrom("refused_requests")
    .select(["at", "status", "code", "reason", "method", "body_bytes as bodyBytes"])
    .where("flow_id", "=", flowId)
    .orderBy("at", "desc")
    .orderBy("slot", "desc")
    .execute();
}

/**
 * Adds to each flow's ring, in the order given; the oldest slots are written over. A flow that was deleted meanwhile
 * has no ring any more. Two processes that write one
 * flow's ring at once may take the same slots: a line is lost, the cap holds.
 */
export async function insertRefusedRequests(
  db: Db,
  refused: readonly (RefusedRequest & { flowId: string })[],
): Promise<void> {
  if (refused.length === 0) return;
  const column = <Key extends keyof (typeof refused)[number]>(key: Key) => refused.map((row) => row[key]);
  await sql`
    WITH input AS (
      SELECT *, row_number() OVER (PARTITION BY flow_id ORDER BY ordinal) AS step
      FROM unnest(${column("flowId")}::uuid[], ${refused.map((row) => row.at.toISOString())}::timestamptz[],
        ${column("status")}::int[], ${column("code")}::text[], ${column("reason")}::text[],
        ${column("method")}::text[], ${column("bodyBytes")}::int[])
        WITH ORDINALITY AS refused (flow_id, at, status, code, reason, method, body_bytes, ordinal)
    ), present AS MATERIALIZED (
      SELECT id FROM flows WHERE id IN (SELECT flow_id FROM input) ORDER BY id FOR KEY SHARE
    ), last AS (
      SELECT id AS flow_id, (
        SELECT slot FROM refused_requests WHERE flow_id = present.id ORDER BY at DESC, slot DESC LIMIT 1
      ) AS slot
      FROM present
    )
    INSERT INTO refused_requests (flow_id, slot, at, status, code, reason, method, body_bytes)
    SELECT flow_id, (coalesce(last.slot, -1) + step) % ${LIMITS.refusedRequestsPerEndpoint}::int,
      at, status, code, reason, method, body_bytes
    FROM input JOIN last USING (flow_id)
    ORDER BY flow_id, 2
    ON CONFLICT (flow_id, slot) DO UPDATE SET at = excluded.at, status = excluded.status, code = excluded.code,
      reason = excluded.reason, method = excluded.method, body_bytes = excluded.body_bytes
  `.execute(db);
}

/** A request as its sender's side asks about it: refused, or stored as an execution. */
export interface EndpointRequestRow extends RefusedRequest {
  executionId: string | null;
}

/** The newest webhooks that became executions of the flow; `instanceId` is the flow's, and has the index. */
export async function listAcceptedRequests(
  db: Db,
  flow: { id: string; instanceId: string },
  limit: number,
): Promise<EndpointRequestRow[]> {
  const rows = await db
    .selectFrom("executions")
    .leftJoin("payloads", "payloads.execution_id", "executions.id")
    .select(["executions.id as executionId", "received_at as at", "method", "body_bytes as bodyBytes"])
    .where("instance_id", "=", flow.instanceId)
    .where("flow_id", "=", flow.id)
    .where("trigger", "=", "webhook")
    .orderBy("executions.id", "desc")
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    ...row,
    method: row.method ?? "",
    status: 202,
    code: "accepted",
    reason: "Stored as an execution",
  }));
}
