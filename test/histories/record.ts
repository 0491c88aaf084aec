/**
 * Records the histories that every later release must be able to replay: `node test/histories/record.ts`. To be run
 * when a release changes what the workflow does, with new names beside the old files: those stay as long as
 * executions of that release may still run.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "#config";
import { migrate } from "#db/migrate.ts";
import { FlowHarness, type FlowOptions, type StartedFlow, step } from "../support/flow-harness.ts";
import { retry } from "../support/retry-policy.ts";
import { historyToJson } from "../support/history.ts";
import { startTestPostgres } from "../support/postgres.ts";
import { startTestTemporal } from "../support/temporal-server.ts";

interface Scenario {
  /** Answers of the upstream to `post`, before it succeeds. */
  failures: number[];
  options?: FlowOptions;
  end: string;
  act?(flows: FlowHarness, started: StartedFlow): Promise<void>;
}

const retried = step("post", { retry: retry({ maxAttempts: 3, delayMs: 10 }) });

const SCENARIOS: Record<string, Scenario> = {
  success: { failures: [], end: "succeeded" },
  "step-retry": { failures: [503, 503], options: { steps: [step("parse"), retried] }, end: "succeeded" },
  "flow-retry-then-success": { failures: [503], options: { retry: { maxAttempts: 3 } }, end: "succeeded" },
  "flow-retry-from-start": { failures: [503], options: { retry: { maxAttempts: 2, from: "start" } }, end: "succeeded" },
  failed: { failures: [422], end: "failed" },
  "retry-now": {
    failures: [503],
    options: { retry: { maxAttempts: 2, delayMs: 60_000 } },
    end: "succeeded",
    act: async (flows, { executionId, workflowId }) => {
      await flows.reaches(executionId, "waiting");
      await flows.client.workflow.getHandle(workflowId).signal("retryNow");
    },
  },
  cancelled: {
    failures: [503],
    options: { retry: { maxAttempts: 2, delayMs: 60_000 } },
    end: "cancelled",
    act: async (flows, { executionId, workflowId }) => {
      await flows.reaches(executionId, "waiting");
      await flows.client.workflow.getHandle(workflowId).cancel();
    },
  },
};

async function record(flows: FlowHarness, name: string, scenario: Scenario): Promise<void> {
  flows.upstream.answer("/post", ...scenario.failures.map((status) => ({ status })));
  const started = await flows.start(scenario.options);
  await scenario.act?.(flows, started);
  await flows.reaches(started.executionId, scenario.end);
  const handle = flows.client.workflow.getHandle(started.workflowId);
  await handle.result().catch(() => undefined); // some of them are to fail
  const history = historyToJson(await handle.fetchHistory());
  const file = new URL(`${name}.json`, import.meta.url);
  await writeFile(file, `${JSON.stringify({ workflowId: started.workflowId, history }, null, 1)}\n`);
}

const folder = await mkdtemp(join(tmpdir(), "millrace-histories-"));
const signal = AbortSignal.timeout(300_000);
const postgres = await startTestPostgres(join(folder, "postgres"), signal);
const temporal = await startTestTemporal({ folder: join(folder, "temporal"), config: readConfig(), signal });
// The template takes no connections: the server's own database is used.
await migrate(postgres.adminUrl);
const flows = await FlowHarness.start({
  databaseUrl: postgres.adminUrl, temporalAddress: temporal.address, taskQueue: "millrace" });
try {
  for (const [name, scenario] of Object.entries(SCENARIOS)) await record(flows, name, scenario);
} finally {
  await flows.stop();
  await Promise.all([temporal.stop(), postgres.stop()]);
  await rm(folder, { recursive: true });
}
