import { workflowIdOf } from "#contract/ids.ts";
import { deployFixture } from "./deploy-fixture.ts";
import type { RunningMillrace } from "./millrace.ts";
import { startUpstream, type Upstream } from "./upstream.ts";
import { waitFor } from "./wait-for.ts";

interface Execution {
  id: string;
  state: string;
}

/** An execution whose second step meets a ledger that is down: it waits for the flow's automatic retry. */
export interface FailingExecution {
  executionId: string;
  /** Of its workflow in Temporal UI. */
  historyUrl: string;
  /** The wait is cut short, and the ledger is still down: resolves once it has failed for good. */
  fail(): Promise<void>;
  stop(): Promise<void>;
}

export async function startFailingExecution(millrace: RunningMillrace): Promise<FailingExecution> {
  const ledger = await startUpstream();
  isDown(ledger);
  const deployed = await deployFixture(millrace, {
    file: "test/fixtures/shop-flow.ts",
    customer: "Acme Ltd.",
    config: { ledgerUrl: ledger.url },
  });
  const response = await fetch(deployed.webhookUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ order: "A-1042", lines: [{ sku: "mug" }, { sku: "cup" }] }),
  });
  const { executionId } = (await response.json()) as { executionId: string }; // a receipt
  const reaches = (state: string) =>
    waitFor(
      async () => (await millrace.call<Execution>("GET", `/executions/${executionId}`)).state === state,
      { what: `execution ${executionId} is ${state}`, timeoutMs: 30_000 },
    );
  await reaches("waiting");
  const { organizationId } = await millrace.call<{ organizationId: string }>("GET", "/me");
  const { instanceId } = deployed;
  const workflowId = workflowIdOf({ organizationId, instanceId, executionId });
  return {
    executionId,
    historyUrl: `${millrace.run.temporalUiUrl}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
    async fail() {
      isDown(ledger);
      await millrace.call("POST", `/executions/${executionId}/retry-now`);
      await reaches("failed");
    },
    stop: () => ledger.stop(),
  };
}

/** For the two tries of one attempt of the flow. */
function isDown(ledger: Upstream): void {
  ledger.answer("/entries", { status: 503 }, { status: 503 });
}
