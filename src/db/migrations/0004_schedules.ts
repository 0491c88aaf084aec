/**
 * Schedules: what is due next stands in Postgres and is claimed by the workers (docs/adr/0050). Locks: none, the tables
 * are new. The previous release does not know them: what it deploys runs by no schedule until it is deployed again.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  // One row per flow with a schedule that is deployed. Written by deploys, pauses and ticks; a tick holds its row.
  `CREATE TABLE schedules (
    flow_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    integration_id uuid NOT NULL,
    version_id uuid NOT NULL,
    revision_id uuid NOT NULL,
    flow_key text NOT NULL,
    cron text,
    time_zone text,
    every_ms bigint,
    overlap text NOT NULL,
    catch_up_ms bigint NOT NULL,
    paused boolean NOT NULL,
    resumed_at timestamptz,
    next_fire_at timestamptz,
    last_nominal_at timestamptz,
    last_missed_at timestamptz,
    last_execution_id uuid,
    waiting_execution_id uuid,
    CHECK ((every_ms IS NULL) = (cron IS NOT NULL AND time_zone IS NOT NULL))
  ) WITH (fillfactor = 80)`,
  `CREATE INDEX schedules_due ON schedules (next_fire_at, flow_id) WHERE NOT paused`,
  `CREATE INDEX schedules_by_instance ON schedules (instance_id)`,
  `CREATE INDEX schedules_waiting ON schedules (flow_id) WHERE waiting_execution_id IS NOT NULL`,
  // The primary key is what makes a second execution of a tick impossible.
  `CREATE TABLE schedule_ticks (
    flow_id uuid NOT NULL,
    nominal_at timestamptz NOT NULL,
    outcome text NOT NULL,
    execution_id uuid,
    fired_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (flow_id, nominal_at)
  )`,
  `CREATE INDEX schedule_ticks_by_age ON schedule_ticks USING brin (fired_at)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
