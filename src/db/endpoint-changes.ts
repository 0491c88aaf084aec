import { sql } from "kysely";
import type { Transaction } from "kysely";
import type { Db } from "./connect.ts";
import type { Database } from "./schema.ts";

/**
 * The version counter that api processes poll to learn which endpoints have changed.
 *
 * Whatever changes how an endpoint answers (deploy, pause, unpause, delete, its API keys, its signing secret, a flow
 * that comes or goes) calls `recordEndpointChange` in the same transaction, as late as it can: the counter's row
 * stays locked until the commit, so that versions are committed in order and a reader never passes one over.
 */
export async function recordEndpointChange(
  transaction: Transaction<Database>,
  flowIds: readonly string[],
): Promise<void> {
  if (flowIds.length === 0) return;
  await sql`
    WITH counter AS (UPDATE endpoint_counter SET version = version + 1 RETURNING version)
    INSERT INTO endpoint_changes (version, flow_id)
    SELECT counter.version, flow_id FROM counter, unnest(${[...new Set(flowIds)]}::uuid[]) AS flow_id
  `.execute(transaction);
}

export interface EndpointChanges {
  version: number;
  /** Flows changed since the version that was asked about; undefined: too long ago to know. */
  flowIds: string[] | undefined;
}

/** Changes after a version, in one snapshot. */
export async function findEndpointChanges(db: Db, since: number): Promise<EndpointChanges> {
  const { rows } = await sql<{ version: number; oldest: number | null; flowIds: string[] | null }>`
    SELECT version,
      (SELECT min(version) FROM endpoint_changes) AS oldest,
      (SELECT array_agg(DISTINCT flow_id) FROM endpoint_changes WHERE version > ${since}) AS "flowIds"
    FROM endpoint_counter
  `.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error("endpoint_counter has no row; the schema is damaged");
  const complete = row.version === since || (row.oldest !== null && row.oldest <= since + 1);
  return { version: row.version, flowIds: complete ? (row.flowIds ?? []) : undefined };
}

/** Forgets changes that every process has long seen; one that has not starts over. */
export async function sweepEndpointChanges(db: Db, olderThanMs: number): Promise<void> {
  await sql`DELETE FROM endpoint_changes WHERE changed_at < now() - make_interval(secs => ${olderThanMs / 1000})`.execute(
    db,
  );
}
