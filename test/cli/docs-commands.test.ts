import { globSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { describeProgram } from "#cli/create-program.ts";
import { LOCAL_COMMANDS } from "#cli/local-commands.ts";

/** Every call of the command line that the docs show: its command and its options exist. */
const ROOT = resolve(import.meta.dirname, "../..");
const FILES = globSync(["README.md", "AGENTS.md", "docs/**/*.md", "examples/*/README.md"], { cwd: ROOT });
const program = describeProgram();

function callsOf(file: string): string[] {
  const blocks = readFileSync(resolve(ROOT, file), "utf8").matchAll(/^```sh\n(.*?)^```/gms);
  return [...blocks]
    .flatMap(([, block = ""]) => block.replaceAll("\\\n", " ").split("\n"))
    .flatMap((line) => /^(?:npx |.*bin\/)?millrace (.*?)(?: +#.*)?$/.exec(line)?.[1] ?? []);
}

function problemOf(call: string): string | undefined {
  const [name = "", ...words] = call.split(/\s+/);
  if (LOCAL_COMMANDS.some((command) => command.name === name)) return undefined;
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined) return `no command ${name}`;
  const options = [...command.options, ...program.options];
  const known = new Set(options.flatMap(({ long, short }) => [long, short]));
  const unknown = words.find((word) => /^--?[a-z]/.test(word) && !known.has(word.split("=")[0] ?? ""));
  return unknown === undefined ? undefined : `${name} has no ${unknown}`;
}

const CALLS = FILES.flatMap((file) => callsOf(file).map((call) => ({ file, call })));

test.each(CALLS)("$file: millrace $call", ({ call }) => expect(problemOf(call)).toBeUndefined());

test("calls are found, and a wrong one would be noticed", () => {
  expect(CALLS.length).toBeGreaterThan(5);
  expect(problemOf("customers:lst")).toBe("no command customers:lst");
  expect(problemOf("customers:list --serch x")).toBe("customers:list has no --serch");
});
