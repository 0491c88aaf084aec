import { type RawBuilder, sql } from "kysely";
import { isId, smallestIdAt } from "#contract/ids.ts";
import { type ExecutionState, isTerminal } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { containing } from "./page.ts";

/**
 * Which executions a list is about, as conditions on `executions AS e`, without joins. States are read from where they
 * are few (`migrations/0011_query.ts`): what has not ended has a row in the queue, what ended otherwise than well an
 * index, and the rest is most of them.
 */
export interface ExecutionConditions {
  instance?: string | undefined;
  customer?: string | undefined;
  integration?: string | undefined;
  /** Id or key. */
  flow?: string | undefined;
  states?: readonly ExecutionState[] | undefined;
  version?: number | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Part of the error's message, or a whole id. */
  text?: string | undefined;
}

/** So many flows of one key are looked for by their ids; of more of them a page is found soon anyway. */
const FEW_FLOWS = 50;

/** Conditions of which one must hold: each can be read by an index of its own. */
export async function executionBranches(
  db: Db,
  organizationId: string,
  conditions: ExecutionConditions,
): Promise<RawBuilder<boolean>[]> {
  const { flow, version, states } = conditions;
  const all = [sql<boolean>`e.organization_id = ${organizationId}`, ...plainConditions(conditions)];
  if (flow !== undefined) all.push(await ofFlow(db, organizationId, flow));
  if (version !== undefined) all.push(await ofVersion(db, organizationId, { ...conditions, version }));
  const common = sql.join(all, sql` AND `);
  if (states === undefined) return [sql`(${common})`];
  return stateBranches(organizationId, states).map((branch) => sql`(${common} AND ${branch})`);
}

function plainConditions(conditions: ExecutionConditions): RawBuilder<boolean>[] {
  const { instance, customer, integration, fromMs, toMs, text } = conditions;
  const all: RawBuilder<boolean>[] = [];
  if (fromMs !== undefined) all.push(sql`e.id >= ${smallestIdAt(fromMs)}`);
  if (toMs !== undefined) all.push(sql`e.id < ${smallestIdAt(toMs)}`);
  if (instance !== undefined) all.push(sql`e.instance_id = ${instance}`);
  if (customer !== undefined) all.push(sql`e.customer_id = ${customer}`);
  if (integration !== undefined) all.push(sql`e.integration_id = ${integration}`);
  if (isId(text)) all.push(sql`e.id = ${text}`);
  else if (text !== undefined)
    all.push(sql`e.error IS NOT NULL AND e.error ->> 'message' ILIKE ${containing(text)}`);
  return all;
}

async function ofFlow(db: Db, organizationId: string, flow: string): Promise<RawBuilder<boolean>> {
  if (isId(flow)) return sql`e.flow_id = ${flow}`;
  const flows = await db
    .selectFrom("flows")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("key", "=", flow)
    .limit(FEW_FLOWS + 1)
    .execute();
  if (flows.length > FEW_FLOWS) return sql`e.flow_key = ${flow}`;
  return sql`e.flow_id = ANY(${flows.map(({ id }) => id)}::uuid[])`;
}

async function ofVersion(
  db: Db,
  organizationId: string,
  { version, integration }: ExecutionConditions & { version: number },
): Promise<RawBuilder<boolean>> {
  let query = db
    .selectFrom("versions")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("number", "=", version);
  if (integration !== undefined) query = query.where("integration_id", "=", integration);
  const ids = (await query.execute()).map(({ id }) => id);
  return sql`e.version_id = ANY(${ids}::uuid[])`;
}

/** Disjoint. */
function stateBranches(organizationId: string, states: readonly ExecutionState[]): RawBuilder<boolean>[] {
  const wanted = [...new Set(states)];
  const open = wanted.filter((state) => !isTerminal(state));
  const branches = wanted
    .filter(isTerminal)
    .map((state) =>
      state === "succeeded"
        ? sql<boolean>`e.state = ${state}`
        : sql<boolean>`e.unsuccessful_state = ${state}`,
    );
  if (open.length === 0) return branches;
  const queued = sql`SELECT execution_id FROM queue WHERE organization_id = ${organizationId}`;
  return [...branches, sql<boolean>`e.state = ANY(${open}::text[]) AND e.id IN (${queued})`];
}
