import { sql } from "kysely";
import { definitionSchema } from "#contract/definition.ts";
import type { Db } from "#db/connect.ts";
import { ensurePartitions } from "#db/partitions.ts";

/** What the questions are asked about. */
export interface Seeded {
  /** The first has ten instances, the others share the rest. */
  integrations: string[];
  /** Of the busy instances, the busiest first. */
  busyInstances: string[];
  busyCustomers: string[];
  busyFlows: string[];
  customers: string[];
  executions: string[];
}

export interface Sizes {
  customers: number;
  instances: number;
  /** Of these instances; the first ones have the most. */
  busy: number;
  executions: number;
  days: number;
}

const INTEGRATIONS = 20;
const VERSIONS = 5;
const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * One organization with all of it. Rare things are rare: 1 instance in 1,000 is paused, 1 in 10,000 has the label
 * `pilot`, 1 in 100 has failed last, 20 schedules are overdue; 1 execution in 100 has failed, 1 in 10,000 was cancelled,
 * 200 are queued.
 */
export async function seed(db: Db, organizationId: string, sizes: Sizes): Promise<Seeded> {
  await db.connection().execute(async (connection) => {
    // Of what was inserted a moment ago the planner knows nothing, and would go over 20,000 customers for each instance.
    await sql`SET enable_nestloop = off`.execute(connection);
    await seedVersions(connection, organizationId);
    await seedInstances(connection, organizationId, sizes);
    await seedExecutions(connection, organizationId, sizes);
    await sql`RESET enable_nestloop`.execute(connection);
    await sql`VACUUM ANALYZE`.execute(connection);
  });
  return readSeeded(db, organizationId, sizes);
}

async function seedVersions(db: Db, organizationId: string): Promise<void> {
  const webhook = { type: "webhook" as const };
  const steps = ["fetch", "map", "post"].map((key) => ({ type: "step" as const, key }));
  const definition = definitionSchema.parse({
    format: 1,
    key: "orders",
    name: "Orders",
    config: Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [
        `setting${n}`,
        {
          type: "string",
          label: `Setting ${n}`,
          help: "What the shop calls it",
          default: "x",
          required: n > 0,
        },
      ]),
    ),
    flows: ["push", "refund", "stock", "nightly"].map((key) => ({ key, trigger: webhook, steps })),
  });
  await sql`INSERT INTO bundles (organization_id, sha256, code)
    SELECT ${organizationId}, 'bench-' || n, '' FROM generate_series(1, ${VERSIONS}::int) AS n`.execute(db);
  await sql`INSERT INTO integrations (id, organization_id, key, name)
    SELECT uuidv7(), ${organizationId}, 'integration-' || n, 'Integration ' || n
    FROM generate_series(1, ${INTEGRATIONS}::int) AS n`.execute(db);
  await sql`INSERT INTO versions (id, organization_id, integration_id, number, bundle_sha256, definition)
    SELECT uuidv7(), ${organizationId}, id, n, 'bench-' || n, ${JSON.stringify(definition)}::jsonb
    FROM integrations, generate_series(1, ${VERSIONS}::int) AS n`.execute(db);
}

async function seedInstances(db: Db, organizationId: string, sizes: Sizes): Promise<void> {
  const { customers, instances } = sizes;
  await sql`INSERT INTO customers (id, organization_id, name, external_id, description, labels)
    SELECT uuidv7(), ${organizationId}, 'Customer ' || n || ' Ltd', 'crm-' || n, 'Sells things in region ' || n % 100,
      CASE WHEN n % 1000 = 0 THEN '["eu", "strategic"]' WHEN n % 2 = 0 THEN '["eu"]' ELSE '["us"]' END::jsonb
    FROM generate_series(1, ${customers}::int) AS n`.execute(db);
  await sql`
    WITH c AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM customers WHERE organization_id = ${organizationId}),
    v AS (SELECT id, integration_id, number, dense_rank() OVER (ORDER BY integration_id) - 1 AS place FROM versions
      WHERE organization_id = ${organizationId}),
    made AS MATERIALIZED (SELECT n, n % ${customers}::int AS customer_place,
      CASE WHEN n % (${instances}::int / 10) = 7 THEN 0 ELSE 1 + n % ${INTEGRATIONS - 1}::int END AS integration_place,
      CASE WHEN n % 100 = 1 THEN 1 WHEN n % 10 = 3 THEN 4 ELSE 5 END AS number
      FROM generate_series(1, ${instances}::int) AS n)
    INSERT INTO instances (id, organization_id, customer_id, integration_id, version_id, name, description, labels,
      config, paused_at, incomplete, deployed_revision_id, last_revision_number)
    SELECT uuidv7(), ${organizationId}, c.id, v.integration_id, v.id, 'Shop ' || n, 'The shop of branch ' || n || ' in the north',
      CASE WHEN n % 10000 = 9 THEN '["pilot", "eu"]' WHEN n % 2 = 0 THEN '["eu"]' ELSE '["us"]' END::jsonb,
      '{"setting1": "a", "setting2": "b"}',
      CASE WHEN n % 1000 = 11 THEN now() END, n % 500 = 13, CASE WHEN n % 200 <> 17 THEN uuidv7() END,
      (n % 200 <> 17)::int
    FROM made JOIN c ON c.place = customer_place JOIN v ON v.place = integration_place AND v.number = made.number
    ORDER BY n`.execute(db);
  await sql`INSERT INTO revisions (id, organization_id, instance_id, number, version_id, config)
    SELECT deployed_revision_id, organization_id, id, 1, version_id, config FROM instances
    WHERE organization_id = ${organizationId} AND deployed_revision_id IS NOT NULL`.execute(db);
  await sql`INSERT INTO flows (id, organization_id, customer_id, instance_id, integration_id, key, endpoint_token)
    SELECT uuidv7(), organization_id, customer_id, id, integration_id, 'push', id::text
    FROM instances WHERE organization_id = ${organizationId}`.execute(db);
  await sql`INSERT INTO flows (id, organization_id, customer_id, instance_id, integration_id, key, endpoint_token)
    SELECT uuidv7(), organization_id, customer_id, id, integration_id, 'rare', 'rare-' || id
    FROM instances WHERE organization_id = ${organizationId} ORDER BY id LIMIT 10`.execute(db);
  await sql`INSERT INTO schedules (flow_id, organization_id, customer_id, instance_id, integration_id, version_id,
      revision_id, flow_key, cron, time_zone, overlap, catch_up_ms, paused, next_fire_at)
    SELECT uuidv7(), organization_id, customer_id, id, integration_id, version_id, id, 'nightly', '0 3 * * *', 'UTC',
      'skip', 0, false, now() + CASE WHEN place % 1000 = 1 THEN interval '-1 hour' ELSE interval '5 hours' END
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM instances) AS i WHERE place % 10 = 1`.execute(
    db,
  );
  await sql`INSERT INTO failing_instances (instance_id, organization_id, execution_id)
    SELECT id, organization_id, id FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM instances) AS i
    WHERE place % 100 = 5`.execute(db);
}

/** A day at a time, into the day's partition. The rare flow has one execution in 10,000. */
async function seedExecutions(db: Db, organizationId: string, sizes: Sizes): Promise<void> {
  const { busy, days, executions } = sizes;
  const nowMs = Date.now();
  for (let day = days; day > 0; day -= 8) await ensurePartitions(db, nowMs - day * DAY_MS);
  const perDay = Math.ceil(executions / days);
  await sql`CREATE TABLE bench_owners AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id AS instance_id, customer_id,
      integration_id, version_id, deployed_revision_id AS revision_id,
      (SELECT id FROM flows WHERE instance_id = i.id AND key = 'push') AS flow_id,
      (SELECT id FROM flows WHERE instance_id = i.id AND key = 'rare') AS rare_flow_id
    FROM (SELECT * FROM instances WHERE organization_id = ${organizationId} ORDER BY id LIMIT ${busy}) AS i`.execute(
    db,
  );
  await sql`ANALYZE bench_owners`.execute(db);
  for (let day = days - 1; day >= 0; day -= 1)
    await sql`
      WITH made AS MATERIALIZED (
        SELECT n, uuidv7(at - now()) AS id, at, floor(${busy}::int * power(random(), 2))::int AS place
        FROM generate_series(1, ${perDay}::int) AS n,
          LATERAL (SELECT now() - ${day} * interval '1 day' - (${perDay}::int - n) * interval '86000 s' / ${perDay}::int AS at) AS times
      )
      INSERT INTO executions (id, organization_id, customer_id, instance_id, integration_id, version_id, revision_id,
        flow_id, flow_key, trigger, state, error, received_at, started_at, finished_at)
      SELECT made.id, ${organizationId}, customer_id, instance_id, integration_id, version_id, coalesce(revision_id, instance_id),
        CASE WHEN n % 10000 = 3 AND rare_flow_id IS NOT NULL THEN rare_flow_id ELSE flow_id END,
        CASE WHEN n % 10000 = 3 AND rare_flow_id IS NOT NULL THEN 'rare' ELSE 'push' END, 'webhook',
        CASE WHEN ${day} = 0 AND n > ${perDay - 200}::int THEN 'queued' WHEN n % 10000 = 50 THEN 'cancelled'
          WHEN n % 100 = 0 THEN 'failed' ELSE 'succeeded' END,
        CASE WHEN n % 100 = 0 AND NOT (${day} = 0 AND n > ${perDay - 200}::int) THEN jsonb_build_object('code', 'step/threw', 'path', 'post',
          'message', 'Upstream answered 503: order ' || n || ' of day ' || ${day}::int || ' refused') END,
        at, at, at
      FROM made JOIN bench_owners USING (place) ORDER BY made.id`.execute(db);
  await sql`INSERT INTO queue (execution_id, shard, lane, organization_id, customer_id, instance_id, revision_id,
      flow_id, flow_key, trigger)
    SELECT id, 0, flow_id, organization_id, customer_id, instance_id, revision_id, flow_id, flow_key, trigger
    FROM executions WHERE state = 'queued'`.execute(db);
}

export async function readSeeded(db: Db, organizationId: string, { busy }: Sizes): Promise<Seeded> {
  const idsOf = async (query: ReturnType<typeof sql<{ id: string }>>) =>
    (await query.execute(db)).rows.map((row) => row.id);
  return {
    integrations: await idsOf(sql`SELECT DISTINCT integration_id AS id FROM versions
      WHERE organization_id = ${organizationId} ORDER BY 1`),
    busyInstances: await idsOf(sql`SELECT instance_id AS id FROM bench_owners ORDER BY place`),
    busyCustomers: await idsOf(sql`SELECT customer_id AS id FROM bench_owners ORDER BY place LIMIT ${busy}`),
    busyFlows: await idsOf(sql`SELECT flow_id AS id FROM bench_owners ORDER BY place`),
    customers: await idsOf(sql`SELECT id FROM customers WHERE organization_id = ${organizationId}
      ORDER BY random() LIMIT 200`),
    executions: await idsOf(sql`SELECT id FROM executions TABLESAMPLE SYSTEM (0.1) LIMIT 200`),
  };
}
