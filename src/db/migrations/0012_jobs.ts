/**
 * Bulk jobs and their items. Locks: none, the tables are new. The previous release knows no jobs; one that is under way
 * waits for a worker of this release.
 */
import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    kind text NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    dry_run boolean NOT NULL,
    parameters jsonb NOT NULL,
    rate_per_minute integer NOT NULL,
    note text NOT NULL,
    counts jsonb,
    created_by uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    progress_at timestamptz NOT NULL DEFAULT now()
  )`,
  `CREATE INDEX jobs_by_organization ON jobs (organization_id, id DESC)`,
  // What has to be run, and looked after; what is over its time has no such state.
  `CREATE INDEX jobs_unfinished ON jobs (organization_id) WHERE state IN ('queued', 'running')`,
  // An item is of one subject: the instance itself, or of other kinds an execution of it. The primary key makes a second
  // item of the same subject impossible. Ids sort by time: so does a job's work.
  `CREATE TABLE job_items (
    job_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    instance_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'queued',
    attempts smallint NOT NULL DEFAULT 0,
    result jsonb,
    code text,
    message text,
    problems jsonb NOT NULL DEFAULT '[]',
    finished_at timestamptz,
    PRIMARY KEY (job_id, subject_id)
  ) WITH (fillfactor = 80)`,
  `CREATE INDEX job_items_queued ON job_items (job_id, attempts, subject_id) WHERE state = 'queued'`,
  `CREATE INDEX job_items_by_instance ON job_items (instance_id)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
