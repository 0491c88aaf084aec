import type { Transaction } from "kysely";
import type { FlowDefinition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import { listSteps } from "#contract/plan.ts";
import { planOf } from "#contract/plan-from-definition.ts";
import type { Db } from "#db/connect.ts";
import { findFlow } from "#db/flows.ts";
import { insertExecution } from "#db/insert-execution.ts";
import type { ExecutionRow } from "#db/list-executions.ts";
import { copyStepResults, listStepAttempts } from "#db/list-steps.ts";
import type { Payload } from "#db/payloads.ts";
import type { Database } from "#db/schema.ts";

export interface ReplayRequest {
  organizationId: string;
  original: ExecutionRow;
  payload: Payload;
  kind: "replay" | "resume";
  revision: "current" | "original";
  /** The flow as the chosen revision's version has it. */
  findDefinition(versionId: string): Promise<FlowDefinition | undefined>;
}

export interface Replayed {
  executionId: string;
  shard: number;
  revisionId: string;
  keptSteps: string[];
}

/**
 * Runs an execution again as a new one with the same payload, linked both ways; the original stays as it is. A resume
 * keeps the results of the steps that succeeded, up to the first that did not, where the chosen version still has
 * them in that order.
 */
export async function replayExecution(
  transaction: Transaction<Database>,
  request: ReplayRequest,
): Promise<Replayed> {
  const { organizationId, original, payload, kind } = request;
  const { revisionId, versionId } = await chooseRevision(transaction, request);
  const { executionId, shard } = await insertExecution(transaction, {
    organizationId,
    customerId: original.customerId,
    instanceId: original.instanceId,
    integrationId: original.integrationId,
    versionId,
    revisionId,
    flowId: original.flowId,
    flowKey: original.flowKey,
    trigger: kind,
    isTest: original.isTest,
    replayOf: original.id,
    ...(kind === "resume" && { resumeOf: original.id }),
    payload,
  });
  const keptSteps =
    kind === "resume" ? await keepResults(transaction, request, { executionId, versionId }) : [];
  return { executionId, shard, revisionId, keptSteps };
}

async function chooseRevision(db: Db, { organizationId, original, revision }: ReplayRequest) {
  if (revision === "original") return original;
  const flow = await findFlow(db, organizationId, original.flowId);
  if (flow === undefined || flow.removedAt !== null || flow.revisionId === null || flow.versionId === null) {
    throw new EngineError(
      "request/conflict",
      `Flow "${original.flowKey}" of instance ${original.instanceId} is no longer deployed; choose "revision": "original" to run execution ${original.id} as it was`,
      { field: "/revision" },
    );
  }
  return { revisionId: flow.revisionId, versionId: flow.versionId };
}

async function keepResults(
  transaction: Db,
  { original, findDefinition }: ReplayRequest,
  resumed: { executionId: string; versionId: string },
): Promise<string[]> {
  const flow = await findDefinition(resumed.versionId);
  if (flow === undefined)
    throw new EngineError("engine/internal", `Version ${resumed.versionId} has no flow`);
  const attempts = await listStepAttempts(transaction, original.id, { outputCharacters: 0 });
  const succeeded = new Set(
    attempts.filter(({ outcome }) => outcome === "ok" || outcome === "kept").map(({ path }) => path),
  );
  const paths = listSteps(planOf(flow).root).map(({ path }) => path);
  const firstOpen = paths.findIndex((path) => !succeeded.has(path));
  const kept = firstOpen === -1 ? paths : paths.slice(0, firstOpen);
  await copyStepResults(transaction, { from: original.id, to: resumed.executionId, paths: kept });
  return kept;
}
