import { parseArgs } from "node:util";
import { type Client, WorkflowNotFoundError } from "@temporalio/client";
import { pino } from "pino";
import { readConfig } from "#config";
import { EngineError } from "#contract/errors.ts";
import { isId } from "#contract/ids.ts";
import { findRunning } from "../doctor/find-running.ts";
import { explainHistory, type History } from "../explain/explain-history.ts";
import { openTemporal } from "../open-temporal.ts";
import { runCommand } from "../run-command.ts";

const USAGE = `millrace temporal explain <workflow or execution>

Tells an execution's history in Temporal as a short narrative: what ran, what failed, what it waits for. Takes the
execution's id, or the workflow's. Asks Temporal alone, so it works while the api or Postgres are away.

Example: millrace temporal explain 01a20e87-384d-77d3-8256-d691a133ed26`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  const [verb, id, ...more] = positionals;
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  if (verb !== "explain" || id === undefined || more.length > 0) {
    console.error(USAGE);
    return 2;
  }
  console.log(await explainExecution(id));
  return 0;
}

async function explainExecution(id: string): Promise<string> {
  const config = readConfig();
  const running = await findRunning(config.dataDir);
  const log = pino({ level: "error" }, pino.destination(2));
  const temporal = await openTemporal({ config, running, command: "explain", log });
  try {
    const workflowId = isId(id) ? await findWorkflow(temporal.client, id) : id;
    const history = await fetchHistory(temporal.client, workflowId);
    return [`workflow ${workflowId}`, ...explainHistory(history, Date.now())].join("\n");
  } finally {
    await temporal.close();
  }
}

async function fetchHistory(client: Client, workflowId: string): Promise<History> {
  try {
    return await client.workflow.getHandle(workflowId).fetchHistory();
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    throw new EngineError(
      "request/not-found",
      `Temporal has no workflow "${workflowId}"; give an execution's id as executions:list shows it, or the id of a workflow as Temporal UI shows it`,
      { cause },
    );
  }
}

/** By the search attribute that each of our workflows has. */
async function findWorkflow(client: Client, executionId: string): Promise<string> {
  for await (const { workflowId } of client.workflow.list({ query: `ExecutionId = "${executionId}"` }))
    return workflowId;
  throw new EngineError(
    "request/not-found",
    `Temporal has no workflow of execution ${executionId}; it has not been started, or retention has taken its history: millrace executions:get ${executionId}`,
  );
}

await runCommand(main, USAGE);
