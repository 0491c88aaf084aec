import type { DeployTrigger, ScheduleTrigger } from "#contract/trigger.ts";
import type { NullableTimestamp, Timestamp } from "./column-types.ts";

/** What begins executions of an instance beside webhooks, and what came of it. */
/** A schedule that is deployed. Either `cron` with `time_zone`, or `every_ms`. */
export interface SchedulesTable {
  flow_id: string;
  organization_id: string;
  customer_id: string;
  instance_id: string;
  integration_id: string;
  version_id: string;
  revision_id: string;
  flow_key: string;
  cron: string | null;
  time_zone: string | null;
  every_ms: number | null;
  overlap: ScheduleTrigger["overlap"];
  catch_up_ms: number;
  paused: boolean;
  /** Ticks before it were missed because of a pause. */
  resumed_at: NullableTimestamp;
  /** Nominal time of the next tick; null where there is none. */
  next_fire_at: NullableTimestamp;
  last_nominal_at: NullableTimestamp;
  /** The last tick that nothing could run and that was not made up for. */
  last_missed_at: NullableTimestamp;
  last_execution_id: string | null;
  /** Waits until the last one has ended (`queue-one`). */
  waiting_execution_id: string | null;
}

export interface ScheduleTicksTable {
  flow_id: string;
  nominal_at: Timestamp;
  outcome: "queued" | "waiting" | "skipped";
  execution_id: string | null;
  fired_at: Timestamp;
}

export interface DeployRunsTable {
  revision_id: string;
  event: DeployTrigger["on"];
  flow_id: string;
  instance_id: string;
  flow_key: string;
  execution_id: string;
}

/** What steps keep. `flow_key` is empty for the instance as a whole; `value` is JSON text. */
export interface InstanceStateTable {
  instance_id: string;
  flow_key: string;
  key: string;
  value: string;
  /** That wrote it; null: a person did. */
  execution_id: string | null;
  updated_at: Timestamp;
}

/** Instances whose last ended execution failed or was lost, tests aside. */
export interface FailingInstancesTable {
  instance_id: string;
  organization_id: string;
  execution_id: string;
  noted_at: Timestamp;
}
