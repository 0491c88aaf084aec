import type { ExecutionState, FailureRecord, TriggerKind } from "#contract/states.ts";
import type { Db } from "./connect.ts";
import { type ExecutionConditions, executionSources } from "./execution-filter.ts";
import { idsOfPage, type Page, type PageRequest, toPage } from "./page.ts";

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

export type ExecutionFilter = ExecutionConditions & PageRequest;

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
export async function listExecutions(
  db: Db,
  organizationId: string,
  filter: ExecutionFilter,
): Promise<Page<ExecutionRow>> {
  const { limit } = filter;
  const sources = await executionSources(db, organizationId, filter);
  const rows = await selectExecutions(db, organizationId)
    .where("e.id", "in", idsOfPage(sources, filter))
    .orderBy("e.id", "desc")
    .execute();
  return toPage(rows, limit, (last) => last.id);
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
