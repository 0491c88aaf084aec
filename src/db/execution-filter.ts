import { type RawBuilder, sql } from "kysely";
import { isId, smallestIdAt } from "#contract/ids.ts";
import { type ExecutionState, isTerminal } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { containing, type PageSource } from "./page.ts";
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

/** So many flows of one key are looked for by their ids; of more of them a page is found soon anyway. */
const FEW_FLOWS = 50;

/** Where a list of them is read from: one source, or one for each kind of state. */
export async function executionSources(
  db: Db,
  organizationId: string,
  conditions: ExecutionConditions,
): Promise<PageSource[]> {
  const { flow, version, states } = conditions;
  const all = [sql<boolean>`e.organization_id = ${organizationId}`, ...plainConditions(conditions)];
  if (flow !== undefined) all.push(await ofFlow(db, organizationId, flow));
  if (version !== undefined) all.push(await ofVersion(db, organizationId, { ...conditions, version }));
  const where = sql<boolean>`(${sql.join(all, sql` AND `)})`;
  return states === undefined ? [fromExecutions(where)] : stateSources(organizationId, { where, states });
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

function stateSources(
  organizationId: string,
  { where, states }: { where: RawBuilder<boolean>; states: readonly ExecutionState[] },
): PageSource[] {
  const wanted = [...new Set(states)];
  const sources = wanted
    .filter(isTerminal)
    .map((state) =>
      fromExecutions(
        state === "succeeded"
          ? sql`${where} AND e.state = ${state}`
          : sql`${where} AND e.unsuccessful_state = ${state}`,
      ),
    );
  const open = wanted.filter((state) => !isTerminal(state));
  if (open.length === 0) return sources;
  const isOpen = sql<boolean>`${where} AND e.state = ANY(${open}::text[])`;
  return [...sources, fromQueue(organizationId, { where: isOpen, isStarted: open.every(isStartedState) })];
}

function isStartedState(state: ExecutionState): boolean {
  return state === "running" || state === "waiting";
}

function fromExecutions(where: RawBuilder<boolean>): PageSource {
  return { select: sql`SELECT e.id FROM executions AS e`, where, idColumn: "e.id" };
}

/**
 * By the queue's rows, whose order is that of the ids. Only started ones are looked at where no other can be meant: one
 * that started a moment ago may be marked so a moment later. LIMIT 1 keeps the planner on the primary keys.
 */
function fromQueue(
  organizationId: string,
  { where, isStarted }: { where: RawBuilder<boolean>; isStarted: boolean },
): PageSource {
  const started = isStarted ? sql`AND q.status = ${sql.lit(QUEUE_STATUS.started)}` : sql``;
  return {
    select: sql`SELECT q.execution_id AS id FROM queue AS q
      CROSS JOIN LATERAL (SELECT * FROM executions WHERE executions.id = q.execution_id LIMIT 1) AS e`,
    where: sql`q.organization_id = ${organizationId} ${started} AND ${where}`,
    idColumn: "q.execution_id",
  };
}
