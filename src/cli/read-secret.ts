import { createInterface } from "node:readline/promises";
import { text } from "node:stream/consumers";
import { Writable } from "node:stream";
import { CliError } from "./cli-error.ts";

/**
 * A secret that a person types without an echo, or that a program pipes in; never an argument, which every process of
 * the machine could read. One line end at its end is not part of it.
 */
export async function readSecret(question: string, signal: AbortSignal): Promise<string> {
  const secret = process.stdin.isTTY ? await ask(question, signal) : await text(process.stdin);
  const trimmed = secret.replace(/\r?\n$/, "");
  if (trimmed !== "") return trimmed;
  throw new CliError("No secret was given", { remedy: "Type it when asked, or pipe it to standard input" });
}

async function ask(question: string, signal: AbortSignal): Promise<string> {
  process.stderr.write(question);
  // The interface echoes to its output: to nowhere.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    return await terminal.question("", { signal });
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
