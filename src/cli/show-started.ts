import type { StartedExecution } from "#contract/api/executions.ts";
import type { ApiClient } from "./api-client.ts";
import { assertSucceeded } from "./assert-succeeded.ts";
import type { Cli } from "./create-cli.ts";
import { followExecution } from "./follow-execution.ts";
import { type Format, printOne } from "./output.ts";
import { executionRows } from "./show-execution.ts";

/** Prints an execution that was just made, or follows it to its end. */
export async function showStarted(
  cli: Cli,
  client: ApiClient,
  show: { started: StartedExecution; follow: boolean; format: Format },
): Promise<void> {
  const { started, follow, format } = show;
  const { executionId, keptSteps } = started;
  if (!follow) {
    const rows = [["execution", executionId] as const, ["kept steps", keptSteps.join(", ")] as const];
    return printOne(cli.output, { item: started, rows, format });
  }
  const ended = await followExecution(client, executionId, {
    signal: cli.signal,
    onChange: ({ state }) => cli.say(state),
  });
  printOne(cli.output, { item: ended, rows: executionRows(ended), format });
  assertSucceeded(ended);
}
