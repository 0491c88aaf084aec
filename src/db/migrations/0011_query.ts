/**
 * What lists and searches read: indexes, and the few facts that would take too long to work out while reading.
 *
 * No index holds an execution's `state`, nor has it in its condition: an update of an indexed column is no HOT update,
 * and each execution changes its state three times. `unsuccessful_state` is null until an execution ends otherwise
 * than well, so that most never touch the indexes on it. Trigrams find a part of a text (`pg_trgm` is a trusted
 * extension: the owner of the database may create it).
 *
 * Locks: `executions` is rewritten for its new column, about 10 s per million rows, and nothing reads or writes it
 * meanwhile; the other tables wait while their indexes are built. The previous release can read and write as before,
 * but keeps neither `incomplete` nor `failing_instances`: restart all processes with this release.
 */
import { type Kysely, sql } from "kysely";

const FACTS = [
  `ALTER TABLE executions ADD COLUMN unsuccessful_state text
    GENERATED ALWAYS AS (CASE WHEN state IN ('failed', 'cancelled', 'superseded', 'lost') THEN state END) STORED`,
  // What the draft lacks for a deploy, as far as a filter needs it.
  `ALTER TABLE instances ADD COLUMN incomplete boolean NOT NULL DEFAULT false`,
  `UPDATE instances SET incomplete = true FROM versions AS v WHERE v.id = version_id AND (
    coalesce(v.definition -> 'connections', '{}') <> '{}' OR EXISTS (
      SELECT FROM jsonb_each(coalesce(v.definition -> 'config', '{}')) AS variable (key, declared)
      WHERE coalesce((declared ->> 'required')::boolean, true) AND declared -> 'default' IS NULL
        AND coalesce(config -> variable.key, 'null') = 'null'))`,
  // One row for each instance whose last ended execution, tests aside, has failed or was lost.
  `CREATE TABLE failing_instances (
    instance_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    execution_id uuid NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 80)`,
  `INSERT INTO failing_instances (instance_id, organization_id, execution_id)
    SELECT i.id, i.organization_id, last.id FROM instances AS i
    CROSS JOIN LATERAL (SELECT id, state FROM executions WHERE instance_id = i.id AND NOT is_test
      AND state IN ('succeeded', 'failed', 'lost') ORDER BY id DESC LIMIT 1) AS last
    WHERE last.state <> 'succeeded'`,
];

const INSTANCES = [
  `CREATE INDEX instances_by_text ON instances USING gin (name gin_trgm_ops, description gin_trgm_ops)`,
  `CREATE INDEX instances_by_name ON instances (organization_id, lower(name), id)`,
  `CREATE INDEX instances_by_label ON instances USING gin (label_names(labels))`,
  `CREATE INDEX instances_by_version ON instances (version_id, id)`,
  `CREATE INDEX instances_paused ON instances (organization_id, id) WHERE paused_at IS NOT NULL`,
  `CREATE INDEX instances_undeployed ON instances (organization_id, id) WHERE deployed_revision_id IS NULL`,
  `CREATE INDEX instances_incomplete ON instances (organization_id, id) WHERE incomplete`,
  `CREATE INDEX versions_by_organization ON versions (organization_id)`,
  `CREATE INDEX flows_by_key ON flows (organization_id, key, id)`,
];

const CUSTOMERS = [
  `CREATE INDEX customers_by_organization ON customers (organization_id, id)`,
  `CREATE INDEX customers_by_text ON customers
    USING gin (name gin_trgm_ops, external_id gin_trgm_ops, description gin_trgm_ops)`,
  `CREATE INDEX customers_by_label ON customers USING gin (label_names(labels))`,
];

const EXECUTIONS = [
  `CREATE INDEX executions_by_integration ON executions (integration_id, id)`,
  `CREATE INDEX executions_by_flow ON executions (flow_id, id)`,
  `CREATE INDEX executions_unsuccessful ON executions (organization_id, unsuccessful_state, id)
    WHERE unsuccessful_state IS NOT NULL`,
  `CREATE INDEX executions_unsuccessful_by_customer ON executions (customer_id, unsuccessful_state, id)
    WHERE unsuccessful_state IS NOT NULL`,
  `CREATE INDEX executions_unsuccessful_by_instance ON executions (instance_id, unsuccessful_state, id)
    WHERE unsuccessful_state IS NOT NULL`,
  `CREATE INDEX executions_by_error ON executions USING gin ((error ->> 'message') gin_trgm_ops)
    WHERE error IS NOT NULL`,
];

const EXTENSION = [
  `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
  // As an array of text, labels have statistics: of JSON the planner knows nothing.
  `CREATE FUNCTION label_names(labels jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT coalesce(array_agg(label), '{}') FROM jsonb_array_elements_text(labels) AS label $$`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [...EXTENSION, ...FACTS, ...INSTANCES, ...CUSTOMERS, ...EXECUTIONS])
    await sql.raw(statement).execute(db);
}
