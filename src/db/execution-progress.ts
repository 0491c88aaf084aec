import { sql } from "kysely";
import type { ExecutionIdentity } from "#contract/primed-execution.ts";
import type { ExecutionState, TriggerKind, WaitingFor } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { QUEUE_STATUS, queuePlaceOf } from "./queue.ts";
import { storableText } from "./storable-text.ts";

/** What a worker that holds no session of an execution must know to go on with it. */
export interface ExecutionProgress extends ExecutionIdentity {
  trigger: TriggerKind;
  receivedAtMs: number;
  state: ExecutionState;
  generation: number;
  /** Of this generation, once one of its writes or the dispatcher's was committed. */
  runId: string | undefined;
}

export async function findExecutionProgress(
  db: Db,
  executionId: string,
): Promise<ExecutionProgress | undefined> {
  const row = await db.selectFrom("executions").selectAll().where("id", "=", executionId).executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    executionId: row.id,
    organizationId: row.organization_id,
    customerId: row.customer_id,
    instanceId: row.instance_id,
    integrationId: row.integration_id,
    versionId: row.version_id,
    revisionId: row.revision_id,
    flowKey: row.flow_key,
    trigger: row.trigger,
    receivedAtMs: row.received_at.getTime(),
    state: row.state,
    generation: row.generation,
    runId: row.run_id ?? undefined,
  };
}

/** A workflow's write: counts only where its generation is the current one and nothing newer was written. */
export interface ProgressMark {
  executionId: string;
  generation: number;
  runId: string;
  attempt: number;
  seq: number;
}

/**
 * What became of a mark. `repeated`: this write, or a later one of the same run, had been committed before; local
 * activities are run again from the start of their workflow task. `refused`: the execution was ended by another hand,
 * or belongs to another generation.
 */
export type MarkOutcome = "written" | "repeated" | "refused";

export function markWaiting(db: Db, mark: ProgressMark, waiting: WaitingFor): Promise<MarkOutcome> {
  return outcomeOf(
    db,
    mark,
    whereCurrent(db, mark).set({
      state: "waiting",
      waiting_reason: waiting.reason,
      waiting_detail: storableText(waiting.detail),
      waiting_until: new Date(waiting.untilMs),
    }),
  );
}

export function markResumed(db: Db, mark: ProgressMark): Promise<MarkOutcome> {
  return outcomeOf(
    db,
    mark,
    whereCurrent(db, mark).set({
      state: "running",
      waiting_reason: null,
      waiting_detail: null,
      waiting_until: null,
    }),
  );
}

async function outcomeOf(
  db: Db,
  mark: ProgressMark,
  update: ReturnType<typeof whereCurrent>,
): Promise<MarkOutcome> {
  const { numUpdatedRows } = await update.executeTakeFirst();
  if (numUpdatedRows > 0n) return "written";
  const row = await db
    .selectFrom("executions")
    .select("seq")
    .where("id", "=", mark.executionId)
    .where("generation", "=", mark.generation)
    .executeTakeFirst();
  return row !== undefined && row.seq >= mark.seq ? "repeated" : "refused";
}

function whereCurrent(db: Db, mark: ProgressMark) {
  return db
    .updateTable("executions")
    .set({
      attempt: mark.attempt,
      seq: mark.seq,
      run_id: mark.runId,
      started_at: sql<Date>`coalesce(started_at, now())`,
      updated_at: sql<Date>`now()`,
    })
    .where("id", "=", mark.executionId)
    .where("generation", "=", mark.generation)
    .where("seq", "<=", mark.seq)
    .where("state", "in", ["queued", "running", "waiting"]);
}

/**
 * Opens generation n + 1: Temporal has reset the workflow, whatever state the execution was in. Its queue row comes
 * back, so that dispatcher and reconciler know of it. Returns false where another run has opened it before.
 */
export async function openGeneration(
  db: Db,
  options: { from: number; runId: string; executionId: string; attempt: number; seq: number },
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable("executions")
      .set({
        generation: options.from + 1,
        run_id: options.runId,
        attempt: options.attempt,
        seq: options.seq - 1,
        state: "running",
        error: null,
        finished_at: null,
        waiting_reason: null,
        waiting_detail: null,
        waiting_until: null,
        updated_at: sql<Date>`now()`,
      })
      .where("id", "=", options.executionId)
      .where("generation", "=", options.from)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return false;
    const started = { status: QUEUE_STATUS.started, started_at: sql<Date>`now()` };
    await transaction
      .insertInto("queue")
      .values({
        ...queuePlaceOf(row),
        ...started,
      })
      .onConflict((conflict) => conflict.column("execution_id").doUpdateSet(started))
      .execute();
    return true;
  });
}
