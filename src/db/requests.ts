import { type RawBuilder, sql } from "kysely";
import { createId } from "#contract/create-id.ts";
import type { RequestError, RequestInput, RequestKind } from "#contract/requests.ts";
import type { JsonObject } from "#contract/json.ts";
import type { Db } from "./connect.ts";

/**
 * Requests to the workers, claimed like the queue. A claim is a lease (`claimed_until`): the worker that dies is
 * followed by another one, so what a request does must bear being done twice. `db` may be a transaction.
 */
export interface ClaimedRequest {
  id: string;
  organizationId: string;
  kind: string;
  input: JsonObject;
  /** 1-based: this claim included. */
  attempts: number;
  deadline: Date;
}

export interface NewRequest<Kind extends RequestKind> {
  organizationId: string;
  kind: Kind;
  input: RequestInput<Kind>;
  /** After it nobody does the request any more. */
  deadline: Date;
}

/** Returns the request's id. */
export async function insertRequest<Kind extends RequestKind>(
  db: Db,
  request: NewRequest<Kind>,
): Promise<string> {
  const id = createId();
  await db
    .insertInto("requests")
    .values({
      id,
      organization_id: request.organizationId,
      kind: request.kind,
      input: JSON.stringify(request.input),
      deadline: request.deadline,
    })
    .execute();
  return id;
}

export interface Unasked<Kind extends RequestKind> {
  kind: Kind;
  /** The field of the request's input that holds the id of what is unfinished. */
  field: string & keyof RequestInput<Kind>;
  table: "instances" | "customers" | "jobs";
  /** Of the table: it is unfinished. */
  isUnfinished: RawBuilder<unknown>;
  deadline: Date;
}

/** Asks again for what is unfinished and has no request that is open: none is left half done. */
export async function requeue<Kind extends RequestKind>(db: Db, unasked: Unasked<Kind>): Promise<void> {
  const { kind, field, table, isUnfinished, deadline } = unasked;
  const { rows } = await sql<{ id: string; organizationId: string }>`
    SELECT id, organization_id AS "organizationId" FROM ${sql.table(table)} AS unfinished
    WHERE ${isUnfinished} AND NOT EXISTS (
      SELECT FROM requests WHERE kind = ${kind} AND state IN ('queued', 'running')
        AND input->>${sql.lit(field)} = unfinished.id::text)
    LIMIT 100
  `.execute(db);
  for (const { id, organizationId } of rows) {
    const input = { [field]: id } as RequestInput<Kind>; // its one field, as these kinds have it
    await insertRequest(db, { organizationId, kind, input, deadline });
  }
}

export interface RequestOutcome {
  state: "queued" | "running" | "done" | "failed";
  result: JsonObject | null;
  error: RequestError | null;
}

export async function findRequest(
  db: Db,
  key: { id: string; organizationId: string },
): Promise<RequestOutcome | undefined> {
  return db
    .selectFrom("requests")
    .select(["state", "result", "error"])
    .where("id", "=", key.id)
    .where("organization_id", "=", key.organizationId)
    .executeTakeFirst();
}

export interface ClaimOptions {
  workerId: string;
  limit: number;
  leaseMs: number;
  /** These kinds alone, or all but these. */
  kinds?: { only: readonly RequestKind[] } | { except: readonly RequestKind[] };
}

/** Takes the oldest requests that nobody holds. */
export async function claimRequests(db: Db, options: ClaimOptions): Promise<ClaimedRequest[]> {
  const { kinds = { except: [] } } = options;
  const isOfKind =
    "only" in kinds ? sql`kind = ANY(${kinds.only}::text[])` : sql`kind <> ALL(${kinds.except}::text[])`;
  const { rows } = await sql<ClaimedRequest>`
    UPDATE requests SET state = 'running', attempts = attempts + 1, claimed_by = ${options.workerId},
      claimed_until = now() + ${options.leaseMs} * interval '1 ms'
    WHERE id IN (
      SELECT id FROM requests
      WHERE state IN ('queued', 'running') AND (state = 'queued' OR claimed_until < now()) AND ${isOfKind}
      ORDER BY id LIMIT ${options.limit} FOR UPDATE SKIP LOCKED)
    RETURNING id, organization_id AS "organizationId", kind, input, attempts, deadline
  `.execute(db);
  return rows;
}

type Ending = { state: "done"; result: JsonObject } | { state: "failed"; error: RequestError };

/** Does nothing when the claim has passed to another worker: its answer counts then. */
export async function endRequest(
  db: Db,
  claim: { id: string; workerId: string },
  ending: Ending,
): Promise<void> {
  await db
    .updateTable("requests")
    .set({
      state: ending.state,
      result: ending.state === "done" ? JSON.stringify(ending.result) : null,
      error: ending.state === "failed" ? JSON.stringify(ending.error) : null,
      claimed_until: null,
      finished_at: sql<Date>`now()`,
    })
    .where("id", "=", claim.id)
    .where("claimed_by", "=", claim.workerId)
    .where("state", "=", "running")
    .execute();
}

/** Gives a request back: its worker stops, or what it needs is away. That was no attempt. */
export async function returnRequest(
  db: Db,
  claim: { id: string; workerId: string },
  delayMs: number,
): Promise<void> {
  await db
    .updateTable("requests")
    .set({
      claimed_until: sql<Date>`now() + ${delayMs} * interval '1 ms'`,
      attempts: sql<number>`attempts - 1`,
    })
    .where("id", "=", claim.id)
    .where("claimed_by", "=", claim.workerId)
    .where("state", "=", "running")
    .execute();
}

/** Answers are read within seconds; what is a day old is of no use. */
export async function sweepRequests(db: Db, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    DELETE FROM requests WHERE id IN (
      SELECT id FROM requests WHERE created_at < now() - interval '1 day' AND deadline < now() LIMIT ${limit})
  `.execute(db);
  return Number(numAffectedRows ?? 0);
}
