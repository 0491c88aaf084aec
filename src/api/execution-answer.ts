import type { Execution, ExecutionDetail } from "#contract/api/executions.ts";
import { workflowIdOf } from "#contract/ids.ts";
import type { CallRow } from "#db/flow-calls.ts";
import type { ExecutionRow } from "#db/list-executions.ts";
import type { Links } from "./api-parts.ts";
import { temporalUiUrl } from "./temporal-ui-url.ts";

export function toExecution(row: ExecutionRow): Execution {
  const { runId: _, versionId: __, waitingReason, waitingDetail, waitingUntil, ...shown } = row;
  return {
    ...shown,
    waiting:
      waitingReason === null
        ? null
        : {
            reason: waitingReason,
            detail: waitingDetail ?? "",
            until: waitingUntil?.toISOString() ?? null,
          },
    receivedAt: row.receivedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    durationMs: spanMs(row.receivedAt, row.finishedAt),
  };
}

export function toExecutionDetail(
  row: ExecutionRow,
  more: {
    organizationId: string;
    revision: { number: number; draft: boolean } | undefined;
    maxAttempts: number;
    replays: string[];
    calls: CallRow[];
    links: Links;
  },
): ExecutionDetail {
  const { links, organizationId, revision, maxAttempts, replays, calls } = more;
  const workflowId = workflowIdOf({ organizationId, instanceId: row.instanceId, executionId: row.id });
  return {
    ...toExecution(row),
    revision: revision?.number ?? null,
    draft: revision?.draft ?? false,
    maxAttempts,
    replays,
    calls,
    timings: {
      queuedMs: spanMs(row.receivedAt, row.startedAt),
      runningMs: row.startedAt === null ? null : spanMs(row.startedAt, row.finishedAt),
    },
    temporal: { namespace: links.temporalNamespace, workflowId, runId: row.runId },
    temporalUiUrl: temporalUiUrl(links, workflowId),
    consoleUrl: `${links.publicUrl}/executions/${row.id}`,
  };
}

function spanMs(from: Date, to: Date | null): number | null {
  return to === null ? null : Math.max(0, to.getTime() - from.getTime());
}
