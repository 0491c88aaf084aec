import type pg from "pg";
import type { TriggerKind } from "#contract/states.ts";
import { byteaArray, integerArray, textArray, uuidArray, uuidBytes, uuidText } from "./binary-array.ts";

/**
 * The transaction of a window of webhooks: keys, executions, payloads and queue rows in one round trip.
 *
 * 1. What resolves is committed: the statement is its own transaction.
 * 2. Of the requests with one key, in this window and in any other at the same time, one makes the execution; each
 *    of the others is told its id.
 * 3. Keys are inserted in the order (flow, hash), so windows that share keys wait for each other and never deadlock.
 * 4. An expired key is taken over by the statement that meets it.
 * 5. A held execution is stored as held only while its instance is paused: the instance's row is share-locked, so
 *    an unpause either sees the row or comes first and the row is queued.
 *
 * `ON CONFLICT` returns no rows that were there already, and the statement's snapshot is older than a row that it
 * waited for: keys that were missed are read by a second statement.
 */
export interface IntakeOwner {
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  flowId: string;
  flowKey: string;
  lane: string;
  shard: number;
  /** The ids above in binary, made once by `ownerBytes`. */
  bytes: Buffer;
}

export interface IntakeRow {
  executionId: string;
  owner: IntakeOwner;
  receivedAtMs: number;
  trigger: TriggerKind;
  /** The flow holds what comes while its instance is paused, and it seemed to be. */
  hold: boolean;
  method: string;
  path: string;
  query: string;
  /** JSON text of `[name, value][]`, secrets masked. */
  headers: string;
  /** As in `payloads.encoding`. */
  encoding: 0 | 1;
  /** Length of the body as it was sent. */
  bodyBytes: number;
  body: Uint8Array;
  dedup?: DedupKey;
}

export interface DedupKey {
  /** 16 bytes. */
  keyHash: Buffer;
  /** 16 bytes. */
  bodyHash: Buffer;
  windowMs: number;
  /** An `Idempotency-Key`, which promises equal bodies; ids of providers do not. */
  strict: boolean;
}

export type IntakeOutcome =
  | { type: "created" }
  | { type: "duplicate"; executionId: string }
  /** The key is known with another body. */
  | { type: "conflict"; executionId: string };

interface KnownKey {
  executionId: string;
  bodyHash: string;
}

const OWNER_IDS = [
  "organizationId",
  "customerId",
  "instanceId",
  "integrationId",
  "versionId",
  "revisionId",
  "flowId",
  "lane",
] as const;
const INSTANCE_OFFSET = OWNER_IDS.indexOf("instanceId") * 16;
const FLOW_OFFSET = OWNER_IDS.indexOf("flowId") * 16;
/** A key may expire and be swept between the two statements: then it is tried again. */
const TRIES = 3;

export function ownerBytes(owner: Omit<IntakeOwner, "bytes">): Buffer {
  return uuidBytes(...OWNER_IDS.map((name) => owner[name]));
}

const INSERT = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[],
    $9::uuid[], $10::text[], $11::int2[], $12::int8[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::text[], $18::int2[], $19::int4[], $20::bytea[], $21::uuid[], $22::uuid[], $23::int8[])
  AS input (id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id, flow_id, lane,
    flow_key, shard, received_ms, trigger, method, path, query, headers, encoding, body_bytes, body,
    key_hash, body_hash, window_ms)
), paused AS MATERIALIZED (
  SELECT id FROM instances WHERE id = ANY($24::uuid[]) AND paused_at IS NOT NULL FOR SHARE
), keyed AS (
  INSERT INTO dedup_keys AS known (flow_id, key_hash, body_hash, execution_id, expires_at)
  SELECT flow_id, key_hash, body_hash, id, now() + window_ms * interval '1 millisecond'
  FROM input WHERE key_hash IS NOT NULL ORDER BY flow_id, key_hash
  ON CONFLICT (flow_id, key_hash) DO UPDATE
    SET body_hash = excluded.body_hash, execution_id = excluded.execution_id, expires_at = excluded.expires_at
    WHERE known.expires_at <= now()
  RETURNING execution_id
), fresh AS MATERIALIZED (
  SELECT *, instance_id IN (SELECT id FROM paused) AS held
  FROM input WHERE key_hash IS NULL OR id IN (SELECT execution_id FROM keyed)
), execution AS (
  INSERT INTO executions (id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id,
    flow_id, flow_key, trigger, state, received_at)
  SELECT id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id, flow_id, flow_key,
    trigger, CASE WHEN held THEN 'held' ELSE 'queued' END, to_timestamp(received_ms / 1000.0) FROM fresh
), payload AS (
  INSERT INTO payloads (execution_id, method, path, query, headers, encoding, body_bytes, body)
  SELECT id, method, path, query, headers, encoding, body_bytes, body FROM fresh
), queued AS (
  INSERT INTO queue (execution_id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id,
    flow_key, trigger, status)
  SELECT id, shard, lane, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, trigger,
    CASE WHEN held THEN 1 ELSE 0 END FROM fresh
)
SELECT id FROM fresh`;

const FIND_KEYS = `
SELECT flow_id, key_hash, body_hash, execution_id
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (flow_id, key_hash) JOIN dedup_keys USING (flow_id, key_hash)`;

/** Commits a window. Returns one outcome per row, in order. Rejects as a whole, with nothing of it promised. */
export async function insertIntakeRows(pool: pg.Pool, rows: readonly IntakeRow[]): Promise<IntakeOutcome[]> {
  const leaders = new Map<string, IntakeRow>();
  for (const row of rows) {
    const name = nameOf(row);
    if (!leaders.has(name)) leaders.set(name, row);
  }
  const known = new Map<string, KnownKey>();
  let open = [...leaders.values()];
  for (let tries = 0; open.length > 0; tries += 1) {
    if (tries === TRIES) throw new Error("A de-duplication key came and went too often");
    const created = await insertRows(pool, open);
    const missed = open.filter((row) => !created.has(row.executionId));
    if (missed.length > 0) await findKnown(pool, missed, known);
    open = missed.filter((row) => !known.has(nameOf(row)));
  }
  return rows.map((row) => outcomeOf(row, leaders.get(nameOf(row)), known.get(nameOf(row))));
}

function outcomeOf(
  row: IntakeRow,
  leader: IntakeRow | undefined,
  known: KnownKey | undefined,
): IntakeOutcome {
  if (known === undefined && (leader === undefined || leader === row)) return { type: "created" };
  const executionId = known?.executionId ?? leader?.executionId ?? row.executionId;
  const bodyHash = known?.bodyHash ?? (leader?.dedup && uuidText(leader.dedup.bodyHash));
  const conflict = row.dedup?.strict === true && uuidText(row.dedup.bodyHash) !== bodyHash;
  return { type: conflict ? "conflict" : "duplicate", executionId };
}

/** Equal for rows of which only one may become an execution. */
function nameOf(row: IntakeRow): string {
  return row.dedup === undefined ? row.executionId : `${row.owner.flowId}/${uuidText(row.dedup.keyHash)}`;
}

async function insertRows(pool: pg.Pool, rows: readonly IntakeRow[]): Promise<Set<string>> {
  const count = rows.length;
  const ids = Buffer.concat(rows.map((row) => uuidBytes(row.executionId)));
  const ownerIds = OWNER_IDS.map((_, column) =>
    uuidArray(count, (index) => ownerAt(rows, index, column * 16)),
  );
  const held = rows.filter((row) => row.hold);
  const { rows: fresh } = await pool.query<{ id: string }>({
    name: "intake-insert",
    text: INSERT,
    values: [
      uuidArray(count, (index) => ({ bytes: ids, offset: index * 16 })),
      ...ownerIds,
      textArray(rows.map((row) => row.owner.flowKey)),
      integerArray(
        "int2",
        rows.map((row) => row.owner.shard),
      ),
      integerArray(
        "int8",
        rows.map((row) => row.receivedAtMs),
      ),
      textArray(rows.map((row) => row.trigger)),
      textArray(rows.map((row) => row.method)),
      textArray(rows.map((row) => row.path)),
      textArray(rows.map((row) => row.query)),
      textArray(rows.map((row) => row.headers)),
      integerArray(
        "int2",
        rows.map((row) => row.encoding),
      ),
      integerArray(
        "int4",
        rows.map((row) => row.bodyBytes),
      ),
      byteaArray(rows.map((row) => row.body)),
      uuidArray(count, (index) => hashAt(rows, index, "keyHash")),
      uuidArray(count, (index) => hashAt(rows, index, "bodyHash")),
      integerArray(
        "int8",
        rows.map((row) => row.dedup?.windowMs ?? 0),
      ),
      uuidArray(held.length, (index) => ownerAt(held, index, INSTANCE_OFFSET)),
    ],
  });
  return new Set(fresh.map((row) => row.id));
}

async function findKnown(
  pool: pg.Pool,
  rows: readonly IntakeRow[],
  known: Map<string, KnownKey>,
): Promise<void> {
  const found = await pool.query<{
    flow_id: string;
    key_hash: string;
    body_hash: string;
    execution_id: string;
  }>({
    name: "intake-find-keys",
    text: FIND_KEYS,
    values: [
      uuidArray(rows.length, (index) => ownerAt(rows, index, FLOW_OFFSET)),
      uuidArray(rows.length, (index) => hashAt(rows, index, "keyHash")),
    ],
  });
  for (const row of found.rows) {
    known.set(`${row.flow_id}/${row.key_hash}`, { executionId: row.execution_id, bodyHash: row.body_hash });
  }
}

function ownerAt(rows: readonly IntakeRow[], index: number, offset: number) {
  const bytes = rows[index]?.owner.bytes;
  return bytes === undefined ? undefined : { bytes, offset };
}

function hashAt(rows: readonly IntakeRow[], index: number, hash: "keyHash" | "bodyHash") {
  const bytes = rows[index]?.dedup?.[hash];
  return bytes === undefined ? undefined : { bytes, offset: 0 };
}
