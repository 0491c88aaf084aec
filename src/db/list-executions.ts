import { type ExpressionBuilder, sql } from "kysely";
import { isId, smallestIdAt } from "#contract/ids.ts";
import type { ExecutionState, FailureRecord, TriggerKind } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { containing, type Page, type PageRequest, readPage } from "./page.ts";
import type { Database } from "./schema.ts";

export interface ExecutionRow {
  id: string;
  state: ExecutionState;
  trigger: TriggerKind;
  isTest: boolean;
  customerId: string;
  customerName: string | null;
  instanceId: string;
  instanceName: string | null;
  integrationId: string;
  integrationKey: string | null;
  versionId: string;
  version: number | null;
  revisionId: string;
  flowId: string;
  flowKey: string;
  attempt: number;
  generation: number;
  runId: string | null;
  waitingReason: string | null;
  waitingDetail: string | null;
  waitingUntil: Date | null;
  error: FailureRecord | null;
  replayOf: string | null;
  resumeOf: string | null;
  calledBy: string | null;
  receivedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface ExecutionFilter extends PageRequest {
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

/** Names are looked up beside the executions: their tables are small, and an execution outlives its instance's name. */
function selectExecutions(db: Db, organizationId: string) {
  return db
    .selectFrom("executions as e")
    .leftJoin("customers", "customers.id", "e.customer_id")
    .leftJoin("instances", "instances.id", "e.instance_id")
    .leftJoin("integrations", "integrations.id", "e.integration_id")
    .leftJoin("versions", "versions.id", "e.version_id")
    .where("e.organization_id", "=", organizationId)
    .select([
      "e.id",
      "e.state",
      "e.trigger",
      "e.is_test as isTest",
      "e.customer_id as customerId",
      "customers.name as customerName",
      "e.instance_id as instanceId",
      "instances.name as instanceName",
      "e.integration_id as integrationId",
      "integrations.key as integrationKey",
      "e.version_id as versionId",
      "versions.number as version",
      "e.revision_id as revisionId",
      "e.flow_id as flowId",
      "e.flow_key as flowKey",
      "e.attempt",
      "e.generation",
      "e.run_id as runId",
      "e.waiting_reason as waitingReason",
      "e.waiting_detail as waitingDetail",
      "e.waiting_until as waitingUntil",
      "e.error",
      "e.replay_of as replayOf",
      "e.resume_of as resumeOf",
      "e.called_by as calledBy",
      "e.received_at as receivedAt",
      "e.started_at as startedAt",
      "e.finished_at as finishedAt",
    ]);
}

/** Newest first. Ids carry the time of receipt, so bounds of time prune partitions. */
export function listExecutions(
  db: Db,
  organizationId: string,
  filter: ExecutionFilter,
): Promise<Page<ExecutionRow>> {
  let query = selectExecutions(db, organizationId);
  if (filter.fromMs !== undefined) query = query.where("e.id", ">=", smallestIdAt(filter.fromMs));
  if (filter.toMs !== undefined) query = query.where("e.id", "<", smallestIdAt(filter.toMs));
  if (filter.instance !== undefined) query = query.where("e.instance_id", "=", filter.instance);
  if (filter.customer !== undefined) query = query.where("e.customer_id", "=", filter.customer);
  if (filter.integration !== undefined) query = query.where("e.integration_id", "=", filter.integration);
  if (filter.flow !== undefined)
    query = query.where(isId(filter.flow) ? "e.flow_id" : "e.flow_key", "=", filter.flow);
  if (filter.states !== undefined) query = query.where("e.state", "in", [...filter.states]);
  if (filter.version !== undefined) query = query.where("versions.number", "=", filter.version);
  const { text } = filter;
  if (text !== undefined) query = query.where((where) => matchesText(where, text));
  return readPage(query, filter, "e.id");
}

function matchesText(where: ExpressionBuilder<Database & { e: Database["executions"] }, "e">, text: string) {
  return isId(text)
    ? where("e.id", "=", text)
    : where(sql<string>`e.error->>'message'`, "ilike", containing(text));
}

export function findExecution(db: Db, organizationId: string, id: string): Promise<ExecutionRow | undefined> {
  return selectExecutions(db, organizationId).where("e.id", "=", id).executeTakeFirst();
}

/** Ids of the executions that ran this one again, oldest first: replays and resumes alike. */
export async function listReplaysOf(db: Db, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom("executions")
    .select("id")
    .where("replay_of", "=", id)
    .where("id", ">", id)
    .orderBy("id")
    .limit(100)
    .execute();
  return rows.map((row) => row.id);
}
