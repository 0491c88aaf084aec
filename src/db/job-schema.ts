import type { ColumnType, Generated } from "kysely";
import type { FieldProblem } from "#contract/errors.ts";
import type {
  JobCounts,
  JobItemState,
  JobKind,
  JobParameters,
  JobState,
  UpgradeResult,
} from "#contract/jobs.ts";
import type { JsonObject } from "#contract/json.ts";
import type { Json, NullableJson, NullableTimestamp, Timestamp } from "./column-types.ts";

/** What is asked of the workers: requests of the api, and bulk jobs. */
export interface RequestsTable {
  id: string;
  organization_id: string;
  kind: string;
  input: Json<JsonObject>;
  state: Generated<"queued" | "running" | "done" | "failed">;
  result: NullableJson<JsonObject>;
  error: NullableJson<{ code: string; message: string; field?: string }>;
  attempts: Generated<number>;
  claimed_by: string | null;
  claimed_until: NullableTimestamp;
  deadline: Timestamp;
  created_at: Timestamp;
  finished_at: NullableTimestamp;
}

export interface JobsTable {
  id: string;
  organization_id: string;
  kind: JobKind;
  state: Generated<JobState>;
  dry_run: boolean;
  parameters: Json<JobParameters[JobKind]>;
  rate_per_minute: number;
  note: string;
  /** As it ended; what an unfinished job has done is counted. */
  counts: NullableJson<JobCounts>;
  created_by: string | null;
  created_at: Timestamp;
  started_at: NullableTimestamp;
  finished_at: NullableTimestamp;
  /** A worker's last batch. */
  progress_at: Timestamp;
}

/** One thing that a job does; `subject_id` is the instance, or of other kinds an execution of it. */
export interface JobItemsTable {
  job_id: string;
  subject_id: string;
  instance_id: string;
  state: Generated<JobItemState>;
  /** Tries that met a conflict which may pass. */
  attempts: Generated<number>;
  result: NullableJson<UpgradeResult>;
  code: string | null;
  message: string | null;
  problems: ColumnType<FieldProblem[], string | undefined, string>;
  finished_at: NullableTimestamp;
}
