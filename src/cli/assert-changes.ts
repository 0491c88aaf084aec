import { CliError, EXIT } from "./cli-error.ts";

/** @throws CliError where a command that changes what is given was given nothing */
export function assertChanges(changes: object, remedy: string): void {
  if (Object.values(changes).some((value) => value !== undefined)) return;
  throw new CliError("Nothing is to be changed", { exitCode: EXIT.usage, remedy });
}
