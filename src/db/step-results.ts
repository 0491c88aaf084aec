import { sql } from "kysely";
import type { FlowCall } from "#contract/flow-calls.ts";
import { SEVERITIES } from "#contract/logs.ts";
import type { SandboxLogLine, SandboxOutcome, StepReport } from "#contract/sandbox.ts";
import type { FailureRecord } from "#contract/states.ts";
import type { AccessRecord } from "#contract/permissions.ts";
import type { StateWrite } from "#contract/step-state.ts";
import type { Db } from "./connect.ts";
import { storableJson, storableText } from "./storable-text.ts";

/** Names one try of a step for ever. */
export interface StepAttemptKey {
  executionId: string;
  path: string;
  generation: number;
  /** The flow's. */
  attempt: number;
  stepAttempt: number;
}

export interface StepErrorRecord extends FailureRecord {
  retryable: boolean;
  retryAfterMs?: number;
  httpStatus?: number;
}

/** A try as later steps and re-runs need it. */
export interface StoredStep extends StepAttemptKey {
  seq: number;
  /** `kept`: a result of another execution that a resume took over. */
  outcome: SandboxOutcome | "kept";
  /** JSON text; only with `ok` and `kept`. */
  output: string | undefined;
  error: StepErrorRecord | undefined;
  /** What the history shows of it is made from these. */
  fetches: StepReport["fetches"] | undefined;
  runMs: number;
}

/** A try as it is committed: everything a person may ask about it. */
export interface StepResult extends StoredStep {
  organizationId: string;
  customerId: string;
  instanceId: string;
  /** Scrubbed. */
  logs: SandboxLogLine[];
  logsDropped: number;
  accesses: AccessRecord[];
  accessesDropped: number;
  startedAtMs: number;
  waitMs: number;
  cpuMs: number;
  peakHeapMb: number | undefined;
  flowKey: string;
  /** Of the instance's state, committed with it (`commit-steps.ts`). */
  stateWrites: readonly StateWrite[];
  /** Flows to be started, committed with it. */
  flowCalls: readonly FlowCall[];
}

interface KeyRow {
  execution_id: string;
  path: string;
  generation: number;
  attempt: number;
  step_attempt: number;
}

export function stepAttemptText(key: StepAttemptKey): string {
  return `${key.executionId} ${key.generation} ${key.attempt} ${key.stepAttempt} ${key.path}`;
}

/**
 * Commits tries with their logs in one statement, which is its own transaction. A try that is stored stays as it is,
 * but for one that was cancelled: its re-run takes its place. Nothing is stored of an execution whose row is gone: it is
 * locked against its deletion, so that a late try comes wholly before it or not at all. Returns, for each, whether it
 * was stored now.
 */
export async function insertStepResults(db: Db, results: StepResult[]): Promise<boolean[]> {
  const { rows } = await sql<KeyRow>`
    WITH given AS (${unnestResults(results)}), present AS MATERIALIZED (
      SELECT id FROM executions WHERE id = ANY(${results.map((result) => result.executionId)}::uuid[])
      ORDER BY id FOR KEY SHARE
    ), stored AS (
      INSERT INTO step_results AS s (execution_id, path, generation, attempt, step_attempt, seq, outcome, output,
        output_characters, error, fetches, accesses, logs_dropped, started_at, wait_ms, run_ms, cpu_ms, peak_heap_mb)
      SELECT execution_id, path, generation, attempt, step_attempt, seq, outcome, output,
        coalesce(length(output), 0), error::jsonb, fetches::jsonb, accesses::jsonb, logs_dropped,
        to_timestamp(started_at_ms / 1000), wait_ms, run_ms, cpu_ms, peak_heap_mb
      FROM given WHERE execution_id IN (SELECT id FROM present)
      ON CONFLICT (execution_id, path, generation, attempt, step_attempt) DO UPDATE SET
        seq = excluded.seq, outcome = excluded.outcome, output = excluded.output,
        output_characters = excluded.output_characters, error = excluded.error, fetches = excluded.fetches,
        accesses = excluded.accesses, logs_dropped = excluded.logs_dropped, started_at = excluded.started_at,
        wait_ms = excluded.wait_ms, run_ms = excluded.run_ms, cpu_ms = excluded.cpu_ms,
        peak_heap_mb = excluded.peak_heap_mb, committed_at = now()
      WHERE s.outcome = 'cancelled'
      RETURNING execution_id, path, generation, attempt, step_attempt
    ), lines AS (
      INSERT INTO logs (execution_id, generation, attempt, step_attempt, path, line, organization_id, customer_id,
        instance_id, at, severity, message)
      SELECT g.execution_id, g.generation, g.attempt, g.step_attempt, g.path, l.line, g.organization_id,
        g.customer_id, g.instance_id, to_timestamp(l.at_ms / 1000), l.severity, l.message
      FROM (${unnestLogs(results)}) AS l
      JOIN given AS g ON g.position = l.position
      JOIN stored AS s USING (execution_id, path, generation, attempt, step_attempt)
      ON CONFLICT DO NOTHING
    )
    SELECT execution_id, path, generation, attempt, step_attempt FROM stored
  `.execute(db);
  const stored = new Set(rows.map((row) => stepAttemptText(keyOf(row))));
  return results.map((result) => stored.has(stepAttemptText(result)));
}

function unnestResults(results: StepResult[]) {
  const column = <Value>(read: (result: StepResult) => Value) => results.map(read);
  return sql`
    SELECT * FROM unnest(
      ${column((each) => each.executionId)}::uuid[], ${column((each) => each.path)}::text[],
      ${column((each) => each.generation)}::smallint[], ${column((each) => each.attempt)}::smallint[],
      ${column((each) => each.stepAttempt)}::smallint[], ${column((each) => each.seq)}::int[],
      ${column((each) => each.outcome)}::text[],
      ${column((each) => (each.output === undefined ? null : storableText(each.output)))}::text[],
      ${column((each) => storableJson(each.error))}::text[], ${column((each) => storableJson(each.fetches))}::text[],
      ${column(accessesJson)}::text[], ${column((each) => each.logsDropped)}::int[],
      ${column((each) => each.startedAtMs)}::float8[], ${column((each) => each.waitMs)}::real[],
      ${column((each) => each.runMs)}::real[], ${column((each) => each.cpuMs)}::real[],
      ${column((each) => each.peakHeapMb ?? null)}::real[], ${column((each) => each.organizationId)}::uuid[],
      ${column((each) => each.customerId)}::uuid[], ${column((each) => each.instanceId)}::uuid[]
    ) WITH ORDINALITY AS given (execution_id, path, generation, attempt, step_attempt, seq, outcome, output, error,
      fetches, accesses, logs_dropped, started_at_ms, wait_ms, run_ms, cpu_ms, peak_heap_mb, organization_id,
      customer_id, instance_id, position)`;
}

function accessesJson(result: StepResult): string | null {
  if (result.accesses.length === 0 && result.accessesDropped === 0) return null;
  return storableJson({ records: result.accesses, dropped: result.accessesDropped });
}

function unnestLogs(results: StepResult[]) {
  const lines = results.flatMap((result, index) =>
    result.logs.map((log, line) => ({ ...log, position: index + 1, line })),
  );
  return sql`
    SELECT * FROM unnest(
      ${lines.map((each) => each.position)}::bigint[], ${lines.map((each) => each.line)}::int[],
      ${lines.map((each) => each.atMs)}::float8[],
      ${lines.map((each) => SEVERITIES.indexOf(each.severity))}::smallint[],
      ${lines.map((each) => storableText(each.message))}::text[]
    ) AS line (position, line, at_ms, severity, message)`;
}

function keyOf(row: KeyRow): StepAttemptKey {
  return {
    executionId: row.execution_id,
    path: row.path,
    generation: row.generation,
    attempt: row.attempt,
    stepAttempt: row.step_attempt,
  };
}

/** Every committed try of an execution, in the order of the workflow's writes. */
export async function listStoredSteps(db: Db, executionId: string): Promise<StoredStep[]> {
  const rows = await db
    .selectFrom("step_results")
    .select(["execution_id", "path", "generation", "attempt", "step_attempt", "seq", "outcome", "output"])
    .select(["error", "fetches", "run_ms"])
    .where("execution_id", "=", executionId)
    .orderBy("generation")
    .orderBy("seq")
    .orderBy("step_attempt")
    .execute();
  return rows.map((row) => ({
    ...keyOf(row),
    seq: row.seq,
    outcome: row.outcome as StoredStep["outcome"], // written by us alone
    output: row.output ?? undefined,
    error: row.error ?? undefined,
    fetches: row.fetches ?? undefined,
    runMs: row.run_ms,
  }));
}
