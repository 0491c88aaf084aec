import type { ColumnType, Generated } from "kysely";
import type { Definition } from "#contract/definition.ts";
import type { FailureRecord, ExecutionState, TriggerKind } from "#contract/states.ts";
import type { JsonObject } from "#contract/json.ts";
import type { Widening } from "#contract/permission-sets.ts";
import type { AccessRecord, PermissionManifest } from "#contract/permissions.ts";
import type { StepReport } from "#contract/sandbox.ts";
import type { Json, NullableJson, NullableTimestamp, Timestamp } from "./column-types.ts";
import type {
  DeployRunsTable,
  FailingInstancesTable,
  InstanceStateTable,
  SchedulesTable,
  ScheduleTicksTable,
} from "./trigger-schema.ts";
import type { JobItemsTable, JobsTable, RequestsTable } from "./job-schema.ts";
import type { ApikeyTable, MemberTable, OrganizationTable, UserTable } from "./auth-schema.ts";

/**
 * Kysely's view of the tables; the columns follow `migrations/`, a test compares both. Those of triggers stand in
 * `trigger-schema.ts`, what is asked of workers in `job-schema.ts`, those of the sign-in in `auth-schema.ts`.
 */
export interface OrganizationKeysTable {
  organization_id: string;
  key_id: string;
  wrapped_key: Buffer;
  created_at: Timestamp;
}

export interface CustomersTable {
  id: string;
  organization_id: string;
  external_id: string | null;
  name: string;
  description: Generated<string>;
  labels: ColumnType<string[], string | undefined, string>;
  deleting_at: NullableTimestamp;
  /** Raised at each edit; the ETag. */
  edit: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface IntegrationsTable {
  id: string;
  organization_id: string;
  key: string;
  name: string;
  description: Generated<string>;
  /** These are people's, not the published bundle's. */
  category: Generated<string>;
  icon: Generated<string>;
  documentation: Generated<string>;
  edit: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface BundlesTable {
  organization_id: string;
  sha256: string;
  code: string;
  source_map: string | null;
  created_at: Timestamp;
}

export interface VersionsTable {
  id: string;
  organization_id: string;
  integration_id: string;
  number: number;
  bundle_sha256: string;
  definition: Json<Definition>;
  note: Generated<string>;
  commit: string | null;
  published_by: string | null;
  created_at: Timestamp;
  withdrawn_at: NullableTimestamp;
  withdrawn_by: string | null;
  withdrawn_reason: string | null;
  /** Against the version before it. */
  widens: ColumnType<Widening[], string | undefined, never>;
}

export interface PermissionApprovalsTable {
  id: string;
  organization_id: string;
  instance_id: string;
  version_id: string;
  widens: ColumnType<Widening[], string, never>;
  note: string;
  approved_by: string | null;
  approved_at: Timestamp;
}

export interface InstancesTable {
  id: string;
  organization_id: string;
  customer_id: string;
  integration_id: string;
  version_id: string;
  name: string;
  description: Generated<string>;
  labels: ColumnType<string[], string | undefined, string>;
  config: ColumnType<JsonObject, string | undefined, string>;
  /** A deploy would ask for something that the draft lacks; written with `config` and `version_id`. */
  incomplete: Generated<boolean>;
  deployed_revision_id: string | null;
  last_revision_number: Generated<number>;
  paused_at: NullableTimestamp;
  paused_by: string | null;
  pause_reason: string | null;
  deleting_at: NullableTimestamp;
  /** When its deletion flows were begun. */
  deletion_flows_at: NullableTimestamp;
  /** Raised at each edit; the ETag. */
  edit: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface RevisionsTable {
  id: string;
  organization_id: string;
  instance_id: string;
  /** Of the draft at a test, never deployed. Drafts are numbered apart. */
  draft: Generated<boolean>;
  number: number;
  version_id: string;
  config: Json<JsonObject>;
  bindings: ColumnType<JsonObject, string | undefined, never>;
  /** The permissions granted to the instance: never wider than the version's manifest. */
  grants: ColumnType<PermissionManifest, string | undefined, never>;
  note: Generated<string>;
  created_by: string | null;
  created_at: Timestamp;
}

export interface FlowsTable {
  id: string;
  organization_id: string;
  customer_id: string;
  instance_id: string;
  integration_id: string;
  key: string;
  endpoint_token: string;
  /** Sealed by the vault: purpose `signing-secret`, row id the flow's. */
  signing_secret: Buffer | null;
  removed_at: NullableTimestamp;
  created_at: Timestamp;
}

export interface FlowApiKeysTable {
  id: string;
  organization_id: string;
  flow_id: string;
  name: string;
  hash: Buffer;
  hint: string;
  created_by: string | null;
  created_at: Timestamp;
  last_used_at: NullableTimestamp;
  revoked_at: NullableTimestamp;
}

export interface EndpointCounterTable {
  singleton: Generated<boolean>;
  version: number;
}

export interface EndpointChangesTable {
  version: number;
  flow_id: string;
  changed_at: Timestamp;
}

export interface RefusedRequestsTable {
  flow_id: string;
  slot: number;
  at: Timestamp;
  status: number;
  code: string;
  reason: string;
  method: string;
  body_bytes: number | null;
}

export interface DedupKeysTable {
  flow_id: string;
  key_hash: string;
  body_hash: string;
  execution_id: string;
  expires_at: Timestamp;
}

export interface ExecutionsTable {
  id: string;
  organization_id: string;
  customer_id: string;
  instance_id: string;
  integration_id: string;
  version_id: string;
  revision_id: string;
  flow_id: string;
  flow_key: string;
  trigger: TriggerKind;
  is_test: Generated<boolean>;
  state: ExecutionState;
  /** The state where it has ended otherwise than well; Postgres keeps it. */
  unsuccessful_state: ColumnType<ExecutionState | null, never, never>;
  /** 1, and one more for each reset in Temporal. */
  generation: Generated<number>;
  /** The flow's attempt, 1-based. */
  attempt: Generated<number>;
  /** The workflow's last write. */
  seq: Generated<number>;
  /** Temporal's run id of this generation. */
  run_id: string | null;
  waiting_reason: string | null;
  waiting_detail: string | null;
  waiting_until: NullableTimestamp;
  error: NullableJson<FailureRecord>;
  replay_of: string | null;
  resume_of: string | null;
  /** The execution of which a step started this one. */
  called_by: ColumnType<string | null, string | null | undefined, never>;
  call_depth: Generated<number>;
  received_at: Timestamp;
  queued_at: Timestamp;
  started_at: NullableTimestamp;
  finished_at: NullableTimestamp;
  updated_at: Timestamp;
}

export interface PayloadsTable {
  execution_id: string;
  method: string;
  /** What follows the token in the URL. */
  path: string;
  query: string;
  /** JSON text of `[name, value][]`, secrets masked. */
  headers: string;
  /** 0 as is, 1 zstd. */
  encoding: number;
  /** Length of the body as it was sent. */
  body_bytes: number;
  body: Buffer;
}

export interface StepResultsTable {
  execution_id: string;
  path: string;
  generation: number;
  attempt: number;
  step_attempt: number;
  seq: number;
  /** A sandbox outcome, or `kept` for a result taken over by a resume. */
  outcome: string;
  /** JSON text. */
  output: string | null;
  output_characters: Generated<number>;
  error: NullableJson<FailureRecord & { retryable: boolean; retryAfterMs?: number; httpStatus?: number }>;
  fetches: NullableJson<StepReport["fetches"]>;
  accesses: NullableJson<{ records: AccessRecord[]; dropped: number }>;
  logs_dropped: Generated<number>;
  started_at: Timestamp;
  wait_ms: number;
  run_ms: number;
  cpu_ms: number;
  peak_heap_mb: number | null;
  committed_at: Timestamp;
}

export interface LogsTable {
  execution_id: string;
  generation: number;
  attempt: number;
  step_attempt: number;
  path: string;
  line: number;
  organization_id: string;
  customer_id: string;
  instance_id: string;
  at: Timestamp;
  /** Index into `SEVERITIES`. */
  severity: number;
  message: string;
}

/** The executions that steps have started. */
export interface FlowCallsTable {
  /** Who called. */
  execution_id: string;
  path: string;
  key: string;
  flow_key: string;
  called_id: string;
}

/** All work without a final state. */
export interface QueueTable {
  execution_id: string;
  shard: number;
  lane: string;
  organization_id: string;
  customer_id: string;
  instance_id: string;
  revision_id: string;
  flow_id: string;
  flow_key: string;
  trigger: TriggerKind;
  /** 0 ready, 1 held, 2 started. */
  status: Generated<number>;
  worker_id: string | null;
  started_at: NullableTimestamp;
  /** When the reconciler last compared it with Temporal. */
  checked_at: NullableTimestamp;
}

export interface ShardsTable {
  shard: number;
  worker_id: string | null;
  epoch: Generated<number>;
  expires_at: Timestamp;
}

export interface ProcessesTable {
  id: string;
  kind: string;
  host: string;
  pid: number;
  version: string;
  started_at: Timestamp;
  seen_at: Timestamp;
  /** A worker's; JSON text when written. */
  status: ColumnType<unknown, string | null | undefined, string | null>;
}

/** The answer kept for a caller's `Idempotency-Key`. */
export interface IdempotencyKeysTable {
  organization_id: string;
  key_hash: Buffer;
  /** Of method, path and body. */
  request_hash: Buffer;
  /** Null while the first call is under way, or where its process died. */
  status: number | null;
  /** Sealed by the vault: purpose `answer`. */
  answer: Buffer | null;
  created_at: Timestamp;
}

export interface Database {
  user: UserTable;
  organization: OrganizationTable;
  member: MemberTable;
  apikey: ApikeyTable;
  organization_keys: OrganizationKeysTable;
  customers: CustomersTable;
  integrations: IntegrationsTable;
  bundles: BundlesTable;
  versions: VersionsTable;
  permission_approvals: PermissionApprovalsTable;
  instances: InstancesTable;
  revisions: RevisionsTable;
  flows: FlowsTable;
  flow_calls: FlowCallsTable;
  flow_api_keys: FlowApiKeysTable;
  endpoint_counter: EndpointCounterTable;
  endpoint_changes: EndpointChangesTable;
  refused_requests: RefusedRequestsTable;
  dedup_keys: DedupKeysTable;
  executions: ExecutionsTable;
  payloads: PayloadsTable;
  step_results: StepResultsTable;
  logs: LogsTable;
  queue: QueueTable;
  shards: ShardsTable;
  processes: ProcessesTable;
  requests: RequestsTable;
  idempotency_keys: IdempotencyKeysTable;
  schedules: SchedulesTable;
  schedule_ticks: ScheduleTicksTable;
  deploy_runs: DeployRunsTable;
  instance_state: InstanceStateTable;
  failing_instances: FailingInstancesTable;
  jobs: JobsTable;
  job_items: JobItemsTable;
}
