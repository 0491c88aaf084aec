import { type Command, InvalidArgumentError, Option } from "commander";
import type { CliConfig } from "#config";
import { type ApiClient, createApiClient } from "./api-client.ts";
import { findServer, type ServerOptions } from "./find-server.ts";
import { FORMATS, type Format, type Output } from "./output.ts";

/** What every command is given. */
export interface Cli {
  config: CliConfig;
  output: Output;
  /** For what is not the answer: progress, hints. */
  say(line: string): void;
  signal: AbortSignal;
}

/** Registers one command. */
export type AddCommand = (program: Command, cli: Cli) => void;

/** The server that the options of this call, or its surroundings, name. */
export async function connectApi(cli: Cli, command: Command): Promise<ApiClient> {
  const options = command.optsWithGlobals<ServerOptions>();
  return createApiClient(await findServer(cli.config, options));
}

export function formatOption(): Option {
  return new Option("-o, --output <format>", "how to print")
    .choices([...FORMATS])
    .default("table" satisfies Format);
}

export function yesOption(): Option {
  return new Option("-y, --yes", "do not ask; where no terminal is, nothing is asked");
}

/** `--label`, of which `--no-labels` may be the opposite: the value is in `label`. */
export function labelOption(description: string): Option {
  return new Option("--label <label>", description).argParser(collectWords);
}

export function limitOption(): Option {
  return new Option("--limit <n>", "at most this many").default(50).argParser(parseCount);
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number from 1.");
  return value;
}

/** `key=value`, several times. */
export function collectPairs(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("It must be name=value.");
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}

export function collectWords(text: string, earlier: string[] = []): string[] {
  return [...earlier, text];
}
