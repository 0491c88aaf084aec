import type { Transaction } from "kysely";
import { createId } from "#contract/create-id.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import type { TriggerKind } from "#contract/states.ts";
import { encodeBody, type Payload } from "./payloads.ts";
import { QUEUE_STATUS } from "./queue.ts";
import type { Database } from "./schema.ts";

export interface NewExecution {
  /** Made here where the caller has no reason to know it before. */
  executionId?: string;
  organizationId: string;
  customerId: string;
  instanceId: string;
  integrationId: string;
  versionId: string;
  revisionId: string;
  flowId: string;
  flowKey: string;
  trigger: TriggerKind;
  isTest?: boolean;
  replayOf?: string;
  resumeOf?: string;
  /** Of which a step started it. */
  calledBy?: string;
  callDepth?: number;
  /** Its instance is paused, and the execution waits for the unpause. */
  held?: boolean;
  /** Stored as it is given: headers are masked by the caller. */
  payload: Payload;
}

/**
 * Makes an execution outside the webhooks' hot path (test, replay, deploy, call): execution, payload and queue
 * row. After the commit, hint at `millrace_queue` with the shard.
 */
export async function insertExecution(
  transaction: Transaction<Database>,
  execution: NewExecution,
): Promise<{ executionId: string; shard: number }> {
  const { payload } = execution;
  const executionId = execution.executionId ?? createId();
  const lane = laneOf(execution);
  const shard = shardOf(lane);
  const shared = {
    organization_id: execution.organizationId,
    customer_id: execution.customerId,
    instance_id: execution.instanceId,
    revision_id: execution.revisionId,
    flow_id: execution.flowId,
    flow_key: execution.flowKey,
    trigger: execution.trigger,
  };
  const stored = await encodeBody(payload.body);
  await transaction
    .insertInto("executions")
    .values({
      ...shared,
      id: executionId,
      integration_id: execution.integrationId,
      version_id: execution.versionId,
      is_test: execution.isTest ?? false,
      state: execution.held === true ? "held" : "queued",
      replay_of: execution.replayOf ?? null,
      resume_of: execution.resumeOf ?? null,
      called_by: execution.calledBy ?? null,
      call_depth: execution.callDepth ?? 0,
      received_at: new Date(),
    })
    .execute();
  await transaction
    .insertInto("payloads")
    .values({
      execution_id: executionId,
      method: payload.method,
      path: payload.path,
      query: payload.query,
      headers: JSON.stringify(payload.headers),
      encoding: stored.encoding,
      body_bytes: payload.body.length,
      body: stored.bytes,
    })
    .execute();
  await transaction
    .insertInto("queue")
    .values({
      ...shared,
      execution_id: executionId,
      shard,
      lane,
      status: execution.held === true ? QUEUE_STATUS.held : QUEUE_STATUS.ready,
    })
    .execute();
  return { executionId, shard };
}
