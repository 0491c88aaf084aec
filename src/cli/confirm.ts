import { createInterface } from "node:readline/promises";
import { CliError } from "./cli-error.ts";
import type { Cli } from "./create-cli.ts";

/**
 * Asks before what cannot be taken back. Only where a person sits at a terminal: a script means what it says.
 *
 * @throws CliError where the answer is not yes
 */
export async function confirm(cli: Cli, question: string, yes: boolean | undefined): Promise<void> {
  if (yes === true || !process.stdin.isTTY || !process.stderr.isTTY) return;
  const given = await ask(cli, `${question} [y/N] `);
  if (!/^y(es)?$/i.test(given.trim())) throw new CliError("Nothing was done");
}

/** What a person types; undefined where none sits at a terminal. */
export async function askName(cli: Cli, question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
  return ask(cli, question);
}

async function ask({ signal }: Cli, question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await terminal.question(question, { signal });
  } finally {
    terminal.close();
  }
}
