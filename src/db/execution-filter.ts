import { type RawBuilder, sql } from "kysely";
import { isId, smallestIdAt } from "#contract/ids.ts";
import { type ExecutionState, isTerminal } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { containing, type PageRequest, type PageSource } from "./page.ts";
import { QUEUE_STATUS } from "./queue.ts";

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

/** So many flows of one key are read one by one; of more of them a page is found soon anyway. */
const FEW_FLOWS = 20;

/** Where a list of them is read from: one source, or one for each kind of state. */
export async function executionSources(
  db: Db,
  organizationId: string,
  filter: ExecutionConditions & PageRequest,
): Promise<PageSource[]> {
  const { flow, version, states } = filter;
  const all = [sql<boolean>`e.organization_id = ${organizationId}`, ...plainConditions(filter)];
  const few = flow === undefined || isId(flow) ? undefined : await listFewFlows(db, organizationId, flow);
  if (flow !== undefined) all.push(isId(flow) ? sql`e.flow_id = ${flow}` : sql`e.flow_key = ${flow}`);
  if (version !== undefined) all.push(await ofVersion(db, organizationId, { ...filter, version }));
  const where = sql<boolean>`(${sql.join(all, sql` AND `)})`;
  const from = (condition: RawBuilder<boolean>) =>
    few === undefined ? fromExecutions(condition) : fromFlows(condition, few, filter);
  if (states === undefined) return [from(where)];
  const ended = endedConditions(states).map((condition) => from(sql<boolean>`${where} AND ${condition}`));
  const open = states.filter((state) => !isTerminal(state));
  return open.length === 0 ? ended : [...ended, fromQueue(organizationId, { where, open })];
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

/** Undefined where there are more. */
async function listFewFlows(db: Db, organizationId: string, key: string): Promise<string[] | undefined> {
  const flows = await db
    .selectFrom("flows")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("key", "=", key)
    .limit(FEW_FLOWS + 1)
    .execute();
  return flows.length > FEW_FLOWS ? undefined : flows.map(({ id }) => id);
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
function endedConditions(states: readonly ExecutionState[]): RawBuilder<boolean>[] {
  return [...new Set(states)]
    .filter(isTerminal)
    .map((state) => (state === "succeeded" ? sql`e.state = ${state}` : sql`e.unsuccessful_state = ${state}`));
}

function isStartedState(state: ExecutionState): boolean {
  return state === "running" || state === "waiting";
}

function fromExecutions(where: RawBuilder<boolean>): PageSource {
  return { select: sql`SELECT e.id FROM executions AS e`, where, idColumn: "e.id" };
}

/** Flow by flow, each no further than the page needs: together the planner would take them for frequent. */
function fromFlows(
  where: RawBuilder<boolean>,
  flows: readonly string[],
  { cursor, limit }: PageRequest,
): PageSource {
  const behind = cursor === undefined ? sql`` : sql`AND e.id < ${cursor}`;
  return {
    select: sql`SELECT e.id FROM unnest(${flows}::uuid[]) AS wanted (flow_id)
      CROSS JOIN LATERAL (SELECT e.id FROM executions AS e
        WHERE e.flow_id = wanted.flow_id AND ${where} ${behind} ORDER BY e.id DESC LIMIT ${limit + 1}) AS e`,
    where: sql<boolean>`true`,
    idColumn: "e.id",
  };
}

/**
 * By the queue's rows, whose order is that of the ids. Only started ones are looked at where no other can be meant: one
 * that started a moment ago may be marked so a moment later. LIMIT 1 keeps the planner on the primary keys.
 */
function fromQueue(
  organizationId: string,
  { where, open }: { where: RawBuilder<boolean>; open: readonly ExecutionState[] },
): PageSource {
  const started = open.every(isStartedState) ? sql`AND q.status = ${sql.lit(QUEUE_STATUS.started)}` : sql``;
  return {
    select: sql`SELECT q.execution_id AS id FROM queue AS q
      CROSS JOIN LATERAL (SELECT * FROM executions WHERE executions.id = q.execution_id LIMIT 1) AS e`,
    where: sql`q.organization_id = ${organizationId} ${started} AND ${where}
      AND e.state = ANY(${open}::text[])`,
    idColumn: "q.execution_id",
  };
}
