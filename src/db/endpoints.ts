import { sql } from "kysely";
import type { Db } from "./connect.ts";

/** All that decides how an endpoint answers. One row, one read. */
export interface EndpointRow {
  flowId: string;
  flowKey: string;
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  /** Of the deployed revision; null while the instance is not deployed. */
  versionId: string | null;
  revisionId: string | null;
  /** The flow left the integration, or the instance is being deleted: for good. */
  removed: boolean;
  paused: boolean;
  /** The flow's trigger as the deployed version's definition has it; to be parsed. Null where it has none. */
  trigger: unknown;
  /** Sealed: purpose `signing-secret`, row id the flow's. */
  signingSecret: Buffer | null;
  apiKeys: { id: string; hash: Buffer }[];
}

export async function findEndpoint(db: Db, token: string): Promise<EndpointRow | undefined> {
  const { rows } = await sql<EndpointRow & { apiKeyIds: string[] | null; apiKeyHashes: Buffer[] | null }>`
    SELECT flows.id AS "flowId", flows.key AS "flowKey", flows.organization_id AS "organizationId",
      flows.customer_id AS "customerId", flows.instance_id AS "instanceId",
      flows.integration_id AS "integrationId", revisions.version_id AS "versionId", revisions.id AS "revisionId",
      flows.removed_at IS NOT NULL OR instances.deleting_at IS NOT NULL AS removed,
      instances.paused_at IS NOT NULL AS paused,
      jsonb_path_query_first(versions.definition, '$.flows[*] ? (@.key == $key)',
        jsonb_build_object('key', flows.key)) -> 'trigger' AS trigger,
      flows.signing_secret AS "signingSecret", keys.ids AS "apiKeyIds", keys.hashes AS "apiKeyHashes"
    FROM flows
    JOIN instances ON instances.id = flows.instance_id
    LEFT JOIN revisions ON revisions.id = instances.deployed_revision_id
    LEFT JOIN versions ON versions.id = revisions.version_id
    LEFT JOIN LATERAL (
      SELECT array_agg(id ORDER BY id) AS ids, array_agg(hash ORDER BY id) AS hashes
      FROM flow_api_keys WHERE flow_id = flows.id AND revoked_at IS NULL
    ) AS keys ON true
    WHERE flows.endpoint_token = ${token}
  `.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { apiKeyIds, apiKeyHashes, ...endpoint } = row;
  return {
    ...endpoint,
    apiKeys: (apiKeyIds ?? []).flatMap((id, index) => {
      const hash = apiKeyHashes?.[index];
      return hash === undefined ? [] : [{ id, hash }];
    }),
  };
}

/** When keys were last used, in milliseconds since the epoch by key id. */
export async function updateApiKeysLastUsed(db: Db, usedAt: ReadonlyMap<string, number>): Promise<void> {
  if (usedAt.size === 0) return;
  const times = [...usedAt.values()].map((ms) => new Date(ms).toISOString());
  await sql`
    UPDATE flow_api_keys SET last_used_at = used.at
    FROM unnest(${[...usedAt.keys()]}::uuid[], ${times}::timestamptz[]) AS used (id, at)
    WHERE flow_api_keys.id = used.id AND (last_used_at IS NULL OR last_used_at < used.at)
  `.execute(db);
}
