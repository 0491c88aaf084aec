import { createId } from "#contract/create-id.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import type { FlowPlan } from "#contract/plan.ts";
import { planOf } from "#contract/plan-from-definition.ts";
import type { RunFlowInput } from "#contract/run-flow.ts";
import type { Db } from "#db/connect.ts";
import type { ClaimedExecution } from "#db/queue.ts";
import { listStartDetails, type StartDetails } from "#db/start-details.ts";
import { BoundedMap } from "#vault/bounded-map.ts";

const REVISIONS_KEPT = 2_000;
/** Only a customer's name can go stale, and only in what a history shows. */
const KEPT_MS = 5 * 60_000;

interface Kept extends StartDetails {
  plans: Map<string, FlowPlan>;
  readAt: number;
}

export interface StartInputs {
  /** One input per execution, or the error that ends it: `engine/start`. Rejects when Postgres is away. */
  read(executions: ClaimedExecution[]): Promise<(RunFlowInput | EngineError)[]>;
}

/** Workflow inputs from immutable revisions, kept by id: a burst of one flow reads its plan once. */
export function createStartInputs(db: Db, now: () => number = Date.now): StartInputs {
  const kept = new BoundedMap<string, Kept>(REVISIONS_KEPT);

  return {
    async read(executions) {
      const found = new Map<string, Kept>();
      const missing = new Set<string>();
      for (const { revisionId } of executions) {
        const entry = kept.get(revisionId);
        if (entry !== undefined && now() - entry.readAt < KEPT_MS) found.set(revisionId, entry);
        else missing.add(revisionId);
      }
      if (missing.size > 0) {
        for (const details of await listStartDetails(db, [...missing])) {
          const entry = { ...details, plans: new Map<string, FlowPlan>(), readAt: now() };
          kept.set(details.revisionId, entry);
          found.set(details.revisionId, entry);
        }
      }
      return executions.map((execution) => inputOf(execution, found.get(execution.revisionId)));
    },
  };
}

function inputOf(execution: ClaimedExecution, revision: Kept | undefined): RunFlowInput | EngineError {
  const { executionId, flowKey, revisionId } = execution;
  if (revision === undefined)
    return new EngineError(
      "engine/start",
      `Revision ${revisionId} of execution ${executionId} does not exist; deploy the instance and replay the execution`,
    );
  const plan = planOfFlow(revision, flowKey);
  if (plan === undefined)
    return new EngineError(
      "engine/start",
      `Version ${revision.version} of ${revision.integrationKey} has no flow ${flowKey}; deploy a version that has it and replay execution ${executionId}`,
    );
  const size = Buffer.byteLength(JSON.stringify(plan));
  if (size > LIMITS.planBytes)
    return new EngineError(
      "engine/start",
      `The plan of flow ${flowKey} has ${size} bytes, more than ${LIMITS.planBytes}; split the flow and replay execution ${executionId}`,
    );
  return {
    // First: Temporal UI shows the beginning of an input, and these are for a person.
    labels: {
      integration: revision.integrationKey,
      version: revision.version,
      flow: flowKey,
      customer: revision.customerName,
      ...(execution.isTest && { test: true }),
      ...(revision.draft && { draft: true }),
    },
    executionId,
    organizationId: execution.organizationId,
    customerId: execution.customerId,
    instanceId: execution.instanceId,
    integrationId: execution.integrationId,
    versionId: execution.versionId,
    revisionId,
    flowKey,
    trigger: execution.trigger,
    plan,
    startToken: createId(),
  };
}

function planOfFlow(revision: Kept, flowKey: string): FlowPlan | undefined {
  const known = revision.plans.get(flowKey);
  if (known !== undefined) return known;
  const flow = revision.definition.flows.find(({ key }) => key === flowKey);
  if (flow === undefined) return undefined;
  const plan = planOf(flow);
  revision.plans.set(flowKey, plan);
  return plan;
}
