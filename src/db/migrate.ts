import { type Migration, Migrator } from "kysely";
import { EngineError } from "#contract/errors.ts";
import { connect } from "./connect.ts";
import { ensurePartitions } from "./partitions.ts";
import * as init from "./migrations/0001_init.ts";
import * as auth from "./migrations/0002_auth.ts";
import * as api from "./migrations/0003_api.ts";
import * as schedules from "./migrations/0004_schedules.ts";
import * as deployRuns from "./migrations/0005_deploy_runs.ts";
import * as permissions from "./migrations/0006_permissions.ts";
import * as workerStatus from "./migrations/0007_worker_status.ts";
import * as instanceState from "./migrations/0008_instance_state.ts";
import * as draftRevisions from "./migrations/0009_draft_revisions.ts";
import * as flowCalls from "./migrations/0010_flow_calls.ts";
import * as query from "./migrations/0011_query.ts";
import * as jobs from "./migrations/0012_jobs.ts";
import * as customerDeletion from "./migrations/0013_customer_deletion.ts";

/** In order; forward only. */
const MIGRATIONS: Record<string, Migration> = {
  "0001_init": init,
  "0002_auth": auth,
  "0003_api": api,
  "0004_schedules": schedules,
  "0005_deploy_runs": deployRuns,
  "0006_permissions": permissions,
  "0007_worker_status": workerStatus,
  "0008_instance_state": instanceState,
  "0009_draft_revisions": draftRevisions,
  "0010_flow_calls": flowCalls,
  "0011_query": query,
  "0012_jobs": jobs,
  "0013_customer_deletion": customerDeletion,
};

/** What `/readyz` looks for. */
export const LATEST_MIGRATION = Object.keys(MIGRATIONS).at(-1) ?? "";

/**
 * Brings the schema to this release and makes the coming days' partitions. Safe to run from several processes at
 * once: the migrator holds an advisory lock. Returns the names that were applied.
 *
 * @throws EngineError `engine/start` where the database belongs to a newer release or a migration fails
 */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const { db, close } = connect({
    databaseUrl,
    maxConnections: 2,
    applicationName: "millrace-migrate",
    onError: () => {}, // the running query reports the same loss
  });
  try {
    const migrator = new Migrator({ db, provider: { getMigrations: () => Promise.resolve(MIGRATIONS) } });
    const { error, results } = await migrator.migrateToLatest();
    if (error !== undefined) throw migrationFailure(error);
    await ensurePartitions(db, Date.now());
    return (results ?? [])
      .filter((result) => result.status === "Success")
      .map((result) => result.migrationName);
  } finally {
    await close();
  }
}

function migrationFailure(cause: unknown): EngineError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.includes("corrupted migrations")
    ? new EngineError(
        "engine/start",
        `The database was made by a newer release of Millrace (${message}). Start that release, or restore a backup of this one.`,
        { cause },
      )
    : new EngineError("engine/start", `The database could not be brought to this release: ${message}`, {
        cause,
      });
}
