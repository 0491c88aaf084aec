import { sql } from "kysely";
import type { Db } from "./connect.ts";

/**
 * Which instances' last execution has failed: a row each, written with the execution's final state.
 *
 * 1. Of an instance's executions that have succeeded, failed or were lost, tests aside, the newest decides; one that
 *    was cancelled says nothing, one that still runs nothing yet.
 * 2. An instance whose executions succeed writes nothing: there is no row that every end of an execution touches.
 * 3. Rows that are there are locked in the order of their ids before others are made, so no two batches wait for
 *    each other.
 *
 * An older failure that is committed in the same instant as a newer success does not see it, nor is it seen: such a row
 * is found by `removeRefutedFailures`, each minute.
 */

/** Continues a `WITH` that has `ended (id, state, instance_id, organization_id, is_test)`. */
export const NOTE_ENDED = sql`judged AS MATERIALIZED (
      SELECT DISTINCT ON (instance_id) instance_id, organization_id, id, state FROM ended
      WHERE NOT is_test AND state IN ('succeeded', 'failed', 'lost') ORDER BY instance_id, id DESC
    ), known_failures AS MATERIALIZED (
      SELECT f.instance_id FROM failing_instances AS f WHERE f.instance_id IN (SELECT instance_id FROM judged)
      ORDER BY f.instance_id FOR UPDATE
    ), noted_failures AS (
      INSERT INTO failing_instances AS f (instance_id, organization_id, execution_id)
      SELECT instance_id, organization_id, id FROM judged, (SELECT count(*) FROM known_failures) AS locked_first
      WHERE state <> 'succeeded' ORDER BY instance_id
      ON CONFLICT (instance_id) DO UPDATE SET execution_id = excluded.execution_id, noted_at = now()
        WHERE f.execution_id < excluded.execution_id
    ), refuted_failures AS (
      DELETE FROM failing_instances AS f USING judged, (SELECT count(*) FROM known_failures) AS locked_first
      WHERE f.instance_id = judged.instance_id AND judged.state = 'succeeded' AND f.execution_id <= judged.id
    )`;

/** In the transaction that has ended an execution by another statement. */
export async function noteEnded(transaction: Db, executionId: string): Promise<void> {
  await sql`
    WITH ended AS (
      SELECT id, state, instance_id, organization_id, is_test FROM executions WHERE id = ${executionId}
    ), ${NOTE_ENDED}
    SELECT FROM ended
  `.execute(transaction);
}

/** Looks at what was noted lately; older rows were looked at before. */
export async function removeRefutedFailures(db: Db, lately: { withinMs: number }): Promise<void> {
  await sql`
    DELETE FROM failing_instances AS f
    WHERE f.noted_at > now() - ${lately.withinMs} * interval '1 ms' AND EXISTS (
      SELECT FROM executions AS e WHERE e.instance_id = f.instance_id AND e.id > f.execution_id
        AND e.state = 'succeeded' AND NOT e.is_test)
  `.execute(db);
}
