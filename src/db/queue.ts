import { type Selectable, sql } from "kysely";
import { laneOf, shardOf } from "#contract/lane.ts";
import { LIMITS } from "#contract/limits.ts";
import type { FailureRecord, TriggerKind } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { NOTE_ENDED } from "./failing-instances.ts";
import type { StoredPayload } from "./payloads.ts";
import type { ExecutionsTable } from "./schema.ts";

/**
 * The queue: one narrow row for each execution without a final state (docs/adr/0002).
 * Who writes it: intake inserts, the dispatcher of the row's shard marks it started, `finalize` and a person's
 * cancel delete it. Whoever changes an execution and its queue row locks the execution first, executions in the
 * order of their ids: so no two batches wait for each other.
 */
export const QUEUE_STATUS = {
  ready: 0,
  /** Its instance is paused. */
  held: 1,
  started: 2,
  /** A schedule's execution that waits for the one before it. */
  behind: 3,
} as const;

/** The columns of a queue row that follow from its execution, for one that is put back. */
export function queuePlaceOf(row: Selectable<ExecutionsTable>) {
  const lane = laneOf({ customerId: row.customer_id, flowId: row.flow_id });
  return {
    execution_id: row.id,
    shard: shardOf(lane),
    lane,
    organization_id: row.organization_id,
    customer_id: row.customer_id,
    instance_id: row.instance_id,
    revision_id: row.revision_id,
    flow_id: row.flow_id,
    flow_key: row.flow_key,
    trigger: row.trigger,
  };
}

export interface ReadyLane {
  shard: number;
  lane: string;
  organizationId: string;
  customerId: string;
  flowId: string;
}

const FIRST_LANE = "00000000-0000-0000-0000-000000000000";

/**
 * Lanes with ready rows, by a loose index scan: one probe of `queue_ready` per lane, however long the lanes are.
 * `after` continues a shard's scan behind a lane.
 */
export async function findReadyLanes(
  db: Db,
  options: { shards: { shard: number; after?: string | undefined }[]; limit: number },
): Promise<ReadyLane[]> {
  const shards = options.shards.map((entry) => entry.shard);
  const after = options.shards.map((entry) => entry.after ?? FIRST_LANE);
  const columns = sql`lane, organization_id, customer_id, flow_id`;
  const { rows } = await sql<ReadyLane>`
    WITH RECURSIVE lanes AS (
      SELECT s.shard, first.* FROM unnest(${shards}::smallint[], ${after}::uuid[]) AS s (shard, after)
      CROSS JOIN LATERAL (SELECT ${columns} FROM queue
        WHERE status = 0 AND queue.shard = s.shard AND lane > s.after ORDER BY lane, execution_id LIMIT 1) AS first
      UNION ALL
      SELECT lanes.shard, next.* FROM lanes
      CROSS JOIN LATERAL (SELECT ${columns} FROM queue
        WHERE status = 0 AND queue.shard = lanes.shard AND lane > lanes.lane ORDER BY lane, execution_id LIMIT 1) AS next
    )
    SELECT shard, lane, organization_id AS "organizationId", customer_id AS "customerId", flow_id AS "flowId"
    FROM lanes LIMIT ${options.limit}
  `.execute(db);
  return rows;
}

/** A ready row with what its start and its first step need. */
export interface ClaimedExecution {
  executionId: string;
  shard: number;
  lane: string;
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  flowId: string;
  flowKey: string;
  trigger: TriggerKind;
  isTest: boolean;
  generation: number;
  receivedAt: Date;
  replayOf: string | null;
  resumeOf: string | null;
  /** Null: none stored, or larger than asked for. */
  payload: StoredPayload | null;
}

interface ClaimedRow extends Omit<ClaimedExecution, "payload">, StoredPayload {}

/**
 * Reads the next ready rows of some lanes, in the order of their ids; `except` are rows already in hand. Nothing is
 * written: the shard's lease makes the reader their only one. LIMIT 1 in the inner selects keeps the planner on the
 * primary keys, partition by partition, whatever the statistics say.
 */
export async function readReadyRows(
  db: Db,
  options: { lanes: { shard: number; lane: string; take: number }[]; except: string[]; payloadBytes: number },
): Promise<ClaimedExecution[]> {
  const { lanes } = options;
  const { rows } = await sql<ClaimedRow>`
    SELECT q.execution_id AS "executionId", q.shard, q.lane, q.organization_id AS "organizationId",
      q.customer_id AS "customerId", q.instance_id AS "instanceId", e.integration_id AS "integrationId",
      e.version_id AS "versionId", q.revision_id AS "revisionId", q.flow_id AS "flowId", q.flow_key AS "flowKey",
      q.trigger, e.is_test AS "isTest", e.generation, e.received_at AS "receivedAt", e.replay_of AS "replayOf", e.resume_of AS "resumeOf",
      p.method, p.path, p.query, p.headers, p.encoding, p.body
    FROM unnest(${lanes.map((each) => each.shard)}::smallint[], ${lanes.map((each) => each.lane)}::uuid[],
      ${lanes.map((each) => each.take)}::int[]) AS wanted (shard, lane, take)
    CROSS JOIN LATERAL (SELECT * FROM queue
      WHERE status = 0 AND queue.shard = wanted.shard AND queue.lane = wanted.lane
        AND execution_id <> ALL(${options.except}::uuid[])
      ORDER BY execution_id LIMIT wanted.take) AS q
    CROSS JOIN LATERAL (SELECT * FROM executions WHERE id = q.execution_id LIMIT 1) AS e
    LEFT JOIN LATERAL (SELECT * FROM payloads
      WHERE execution_id = q.execution_id AND body_bytes <= ${options.payloadBytes} LIMIT 1) AS p ON true
  `.execute(db);
  return rows.map(toClaimed);
}

function toClaimed(row: ClaimedRow): ClaimedExecution {
  const { method, path, query, headers, encoding, body, ...execution } = row;
  // An outer join: without a payload all of its columns are null.
  const payload = (body as Buffer | null) === null ? null : { method, path, query, headers, encoding, body };
  return { ...execution, payload };
}

export interface StartMark {
  executionId: string;
  shard: number;
  /** The epoch of the lease under which it was started. */
  epoch: number;
  runId: string | null;
}

/**
 * Records starts: the queue row becomes started (where the lease still holds: a later holder marks it itself), a
 * queued execution running. One that a pause took back while its start was under way runs: it counts as running. Returns the executions that a person had cancelled meanwhile: their workflows must go.
 */
export async function markStarted(db: Db, workerId: string, marks: StartMark[]): Promise<string[]> {
  const ids = marks.map((mark) => mark.executionId);
  const { rows } = await sql<{ id: string }>`
    WITH given AS (
      SELECT * FROM unnest(${ids}::uuid[], ${marks.map((mark) => mark.shard)}::smallint[],
        ${marks.map((mark) => mark.epoch)}::bigint[], ${marks.map((mark) => mark.runId)}::text[])
        AS given (id, shard, epoch, run_id)
    ), locked AS MATERIALIZED (
      SELECT id, state FROM executions WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ), running AS (
      UPDATE executions AS e SET state = 'running', run_id = coalesce(given.run_id, e.run_id),
        started_at = coalesce(e.started_at, now()), updated_at = now()
      FROM locked JOIN given USING (id)
      WHERE e.id = ANY(${ids}::uuid[]) AND e.id = locked.id AND locked.state = 'queued' RETURNING e.id
    ), marked AS (
      UPDATE queue SET status = 2, started_at = now(), worker_id = ${workerId}
      FROM given JOIN shards USING (shard), (SELECT count(*) FROM running) AS executions_first
      WHERE queue.execution_id = given.id AND queue.status IN (0, 1)
        AND shards.worker_id = ${workerId} AND shards.epoch = given.epoch
    )
    SELECT id FROM locked WHERE state IN ('cancelled', 'superseded')
  `.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Cancels an execution that nothing has started, with its queue row; false when there was none to cancel. One whose
 * start is under way at this moment is cancelled too: the dispatcher sees it and ends the workflow.
 */
export async function cancelQueued(db: Db, executionId: string): Promise<boolean> {
  const { rows } = await sql`
    UPDATE executions SET state = 'cancelled', finished_at = now(), updated_at = now()
    WHERE id = ${executionId} AND state IN ('queued', 'held')
      AND EXISTS (SELECT FROM queue WHERE execution_id = ${executionId} AND status IN (0, 1, 3))
    RETURNING id
  `.execute(db);
  if (rows.length === 0) return false;
  await db.deleteFrom("queue").where("execution_id", "=", executionId).execute();
  return true;
}

export interface StartedCount {
  shard: number;
  lane: string;
  customerId: string;
  /** The worker that started them is gone: Temporal hands them to those that live. */
  orphaned: boolean;
  executionIds: string[];
}

/**
 * What is started and holds a slot, by lane: what a new holder of these shards must count. A long wait holds none.
 */
export async function listStartedByLane(
  db: Db,
  options: { shards: number[]; slotHoldMs: number },
): Promise<StartedCount[]> {
  const { rows } = await sql<StartedCount>`
    SELECT q.shard, q.lane, q.customer_id AS "customerId", p.id IS NULL AS orphaned,
      array_agg(q.execution_id::text) AS "executionIds"
    FROM queue AS q
    LEFT JOIN processes AS p ON p.id = q.worker_id AND p.seen_at > now() - ${LIMITS.shardLeaseMs} * interval '1 ms'
    CROSS JOIN LATERAL (SELECT state, waiting_until FROM executions WHERE id = q.execution_id LIMIT 1) AS e
    WHERE q.status = 2 AND q.shard = ANY(${options.shards}::smallint[])
      AND NOT (e.state = 'waiting' AND e.waiting_until > now() + ${options.slotHoldMs} * interval '1 ms')
    GROUP BY 1, 2, 3, 4
  `.execute(db);
  return rows;
}

/** Of these executions, those that are not started any more: ended, wherever that happened. */
export async function findEnded(db: Db, executionIds: string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM unnest(${executionIds}::uuid[]) AS id
    WHERE NOT EXISTS (SELECT FROM queue WHERE execution_id = id)
  `.execute(db);
  return rows.map((row) => row.id);
}

/** Ends an execution that cannot be started, with its queue row. */
export async function failQueued(db: Db, executionId: string, error: FailureRecord): Promise<void> {
  await sql`
    WITH ended AS (
      UPDATE executions SET state = 'failed', error = ${JSON.stringify(error)}, finished_at = now(), updated_at = now()
      WHERE id = ${executionId} AND state = 'queued' RETURNING id, state, instance_id, organization_id, is_test
    ), ${NOTE_ENDED}
    DELETE FROM queue USING (SELECT count(*) FROM ended) AS execution_first
    WHERE execution_id = ${executionId} AND status = 0
  `.execute(db);
}
