import { CliError } from "./cli-error.ts";

/** Of an execution that was followed. @throws CliError where it has not succeeded, with what can be done about it */
export function assertSucceeded({ id, state }: { id: string; state: string }): void {
  if (state === "succeeded") return;
  const what = `Execution ${id} is ${state}`;
  if (state !== "failed") throw new CliError(what);
  throw new CliError(what, {
    remedy: `Again from the failed step: millrace executions:resume ${id}; on your machine: millrace replay-local ${id} <file>`,
  });
}
