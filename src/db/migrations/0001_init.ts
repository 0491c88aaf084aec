/**
 * The first schema. Why the tables look so: `docs/architecture.md` ("Data"). Locks: none, the database is new.
 *
 * Range-partitioned by UUIDv7: executions, payloads, step_results, logs. `queue` is the narrow table of all work
 * that has no final state yet: dispatcher and reconciler read it, the wide rows are left alone.
 */
import { type Kysely, sql } from "kysely";

const TENANCY = [
  `CREATE TABLE organization_keys (
    organization_id uuid PRIMARY KEY,
    key_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE customers (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    external_id text,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    labels jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, external_id)
  )`,
  `CREATE INDEX customers_by_name ON customers (organization_id, lower(name), id)`,
  `CREATE TABLE integrations (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    key text NOT NULL,
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (organization_id, key)
  )`,
  `CREATE TABLE bundles (
    organization_id uuid NOT NULL,
    sha256 text NOT NULL,
    code text NOT NULL,
    source_map text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, sha256)
  )`,
  `CREATE TABLE versions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    integration_id uuid NOT NULL REFERENCES integrations (id),
    number integer NOT NULL,
    bundle_sha256 text NOT NULL,
    definition jsonb NOT NULL,
    note text NOT NULL DEFAULT '',
    commit text,
    published_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    withdrawn_at timestamptz,
    UNIQUE (integration_id, number),
    UNIQUE (integration_id, bundle_sha256),
    FOREIGN KEY (organization_id, bundle_sha256) REFERENCES bundles (organization_id, sha256)
  )`,
  `CREATE TABLE instances (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers (id),
    integration_id uuid NOT NULL REFERENCES integrations (id),
    version_id uuid NOT NULL REFERENCES versions (id),
    name text NOT NULL,
    description text NOT NULL DEFAULT '',
    labels jsonb NOT NULL DEFAULT '[]',
    config jsonb NOT NULL DEFAULT '{}',
    deployed_revision_id uuid,
    last_revision_number integer NOT NULL DEFAULT 0,
    paused_at timestamptz,
    paused_by uuid,
    pause_reason text,
    deleting_at timestamptz,
    edit integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX instances_by_customer ON instances (customer_id, id)`,
  `CREATE INDEX instances_by_organization ON instances (organization_id, id)`,
  `CREATE INDEX instances_by_integration ON instances (integration_id, id)`,
  `CREATE TABLE revisions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    instance_id uuid NOT NULL REFERENCES instances (id),
    number integer NOT NULL,
    version_id uuid NOT NULL REFERENCES versions (id),
    config jsonb NOT NULL,
    bindings jsonb NOT NULL DEFAULT '{}',
    grants jsonb NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (instance_id, number)
  )`,
];

const ENDPOINTS = [
  `CREATE TABLE flows (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    instance_id uuid NOT NULL REFERENCES instances (id),
    integration_id uuid NOT NULL,
    key text NOT NULL,
    endpoint_token text NOT NULL UNIQUE,
    signing_secret bytea,
    removed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (instance_id, key)
  )`,
  `CREATE TABLE flow_api_keys (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    flow_id uuid NOT NULL REFERENCES flows (id),
    name text NOT NULL,
    hash bytea NOT NULL,
    hint text NOT NULL,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz
  )`,
  `CREATE INDEX flow_api_keys_by_flow ON flow_api_keys (flow_id)`,
  // One row, updated in each transaction that changes what an endpoint does: versions follow the order of commit.
  `CREATE TABLE endpoint_counter (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL DEFAULT 0
  )`,
  `INSERT INTO endpoint_counter DEFAULT VALUES`,
  `CREATE TABLE endpoint_changes (
    version bigint NOT NULL,
    flow_id uuid NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (version, flow_id)
  )`,
  `CREATE TABLE refused_requests (
    flow_id uuid NOT NULL,
    slot smallint NOT NULL,
    at timestamptz NOT NULL,
    status smallint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    method text NOT NULL,
    body_bytes integer,
    PRIMARY KEY (flow_id, slot)
  )`,
  `CREATE TABLE dedup_keys (
    flow_id uuid NOT NULL,
    key_hash uuid NOT NULL,
    body_hash uuid NOT NULL,
    execution_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (flow_id, key_hash)
  ) PARTITION BY HASH (flow_id)`,
  ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap((part) => [
    `CREATE TABLE dedup_keys_h${part} PARTITION OF dedup_keys FOR VALUES WITH (MODULUS 8, REMAINDER ${part})`,
    `CREATE INDEX dedup_keys_h${part}_by_expiry ON dedup_keys_h${part} (expires_at)`,
  ]),
];

const EXECUTIONS = [
  `CREATE TABLE executions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    integration_id uuid NOT NULL,
    version_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    flow_id uuid NOT NULL,
    flow_key text NOT NULL,
    trigger text NOT NULL,
    is_test boolean NOT NULL DEFAULT false,
    state text NOT NULL,
    generation smallint NOT NULL DEFAULT 1,
    attempt smallint NOT NULL DEFAULT 1,
    seq integer NOT NULL DEFAULT 0,
    run_id text,
    waiting_reason text,
    waiting_detail text,
    waiting_until timestamptz,
    error jsonb,
    replay_of uuid,
    resume_of uuid,
    received_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    updated_at timestamptz NOT NULL DEFAULT now()
  ) PARTITION BY RANGE (id)`,
  `CREATE INDEX executions_by_organization ON executions (organization_id, id)`,
  `CREATE INDEX executions_by_customer ON executions (customer_id, id)`,
  `CREATE INDEX executions_by_instance ON executions (instance_id, id)`,
  `CREATE INDEX executions_by_replay ON executions (replay_of) WHERE replay_of IS NOT NULL`,
  `CREATE TABLE payloads (
    execution_id uuid PRIMARY KEY,
    method text NOT NULL,
    path text NOT NULL,
    query text NOT NULL,
    headers text NOT NULL,
    encoding smallint NOT NULL DEFAULT 0,
    body_bytes integer NOT NULL,
    body bytea NOT NULL
  ) PARTITION BY RANGE (execution_id)`,
  `CREATE TABLE step_results (
    execution_id uuid NOT NULL,
    path text NOT NULL,
    generation smallint NOT NULL,
    attempt smallint NOT NULL,
    step_attempt smallint NOT NULL,
    seq integer NOT NULL,
    outcome text NOT NULL,
    output text,
    output_characters integer NOT NULL DEFAULT 0,
    error jsonb,
    fetches jsonb,
    accesses jsonb,
    logs_dropped integer NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    wait_ms real NOT NULL,
    run_ms real NOT NULL,
    cpu_ms real NOT NULL,
    peak_heap_mb real,
    committed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (execution_id, path, generation, attempt, step_attempt)
  ) PARTITION BY RANGE (execution_id)`,
  `CREATE TABLE logs (
    execution_id uuid NOT NULL,
    generation smallint NOT NULL,
    attempt smallint NOT NULL,
    step_attempt smallint NOT NULL,
    path text NOT NULL,
    line integer NOT NULL,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    at timestamptz NOT NULL,
    severity smallint NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (execution_id, generation, attempt, step_attempt, path, line)
  ) PARTITION BY RANGE (execution_id)`,
  // Exact and already small or compressed: TOAST must not try to compress on the hot path.
  `ALTER TABLE payloads ALTER COLUMN body SET STORAGE EXTERNAL`,
  `ALTER TABLE step_results ALTER COLUMN output SET STORAGE EXTERNAL`,
];

const DISPATCH = [
  // status: 0 ready, 1 held, 2 started. A row leaves with the execution's final state.
  `CREATE TABLE queue (
    execution_id uuid PRIMARY KEY,
    shard smallint NOT NULL,
    lane uuid NOT NULL,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    flow_id uuid NOT NULL,
    flow_key text NOT NULL,
    trigger text NOT NULL,
    status smallint NOT NULL DEFAULT 0,
    worker_id uuid,
    started_at timestamptz,
    checked_at timestamptz
  ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)`,
  `CREATE INDEX queue_ready ON queue (shard, lane, execution_id) WHERE status = 0`,
  `CREATE INDEX queue_started ON queue (started_at) WHERE status = 2`,
  `CREATE INDEX queue_by_instance ON queue (instance_id)`,
  `CREATE TABLE shards (
    shard smallint PRIMARY KEY,
    worker_id uuid,
    epoch bigint NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL DEFAULT '-infinity'
  )`,
  `INSERT INTO shards (shard) SELECT generate_series(0, 15)`,
  `CREATE TABLE processes (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE requests (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    input jsonb NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    result jsonb,
    error jsonb,
    attempts smallint NOT NULL DEFAULT 0,
    claimed_by uuid,
    claimed_until timestamptz,
    deadline timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  )`,
  `CREATE INDEX requests_open ON requests (id) WHERE state IN ('queued', 'running')`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...TENANCY, ...ENDPOINTS, ...EXECUTIONS, ...DISPATCH]) {
    await sql.raw(statement).execute(db);
  }
}
