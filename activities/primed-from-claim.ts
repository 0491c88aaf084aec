import type { PrimedExecution } from "#contract/primed-execution.ts";
import type { RunFlowInput } from "#contract/run-flow.ts";
import { toGuestTrigger } from "#db/guest-trigger.ts";
import { decodePayload } from "#db/payloads.ts";
import type { ClaimedExecution } from "#db/queue.ts";

/** What the dispatcher has in hand when it starts a workflow, as `prime` takes it. */
export function primedFromClaim(claimed: ClaimedExecution, input: RunFlowInput): PrimedExecution {
  const { payload } = claimed;
  return {
    executionId: claimed.executionId,
    organizationId: claimed.organizationId,
    customerId: claimed.customerId,
    instanceId: claimed.instanceId,
    integrationId: claimed.integrationId,
    versionId: claimed.versionId,
    revisionId: claimed.revisionId,
    flowKey: claimed.flowKey,
    generation: claimed.generation,
    startToken: input.startToken,
    hasEarlierResults: claimed.resumeOf !== null,
    ...(payload === null
      ? {}
      : {
          loadTrigger: async () =>
            toGuestTrigger(await decodePayload(payload), {
              kind: claimed.trigger,
              receivedAtMs: claimed.receivedAt.getTime(),
            }),
        }),
  };
}
