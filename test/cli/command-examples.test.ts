import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { COMMAND_EXAMPLES, examplesOf } from "#cli/command-examples.ts";
import { describeProgram } from "#cli/create-program.ts";

const NAMES = describeProgram().commands.map((command) => command.name());

/** The words of a line as bash has them, redirections taken off. */
function wordsOf(line: string): string[] {
  const script = `printf '%s\\0' ${line.replace(/ [<>] \S+$/, "")}`;
  return execFileSync("bash", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
}

/** Parses a line by the program itself, every action of which does nothing; returns the command that was meant. */
async function parse(line: string): Promise<string | undefined> {
  const program = describeProgram();
  let ran: string | undefined;
  for (const command of program.commands) {
    command.configureOutput({ writeErr() {} });
    command.action(() => {
      ran = command.name();
    });
  }
  program.configureOutput({ writeErr() {} });
  await program.parseAsync(wordsOf(line).slice(1), { from: "user" });
  return ran;
}

test("every command has an example, and no other", () => {
  expect(Object.keys(COMMAND_EXAMPLES).toSorted()).toEqual(NAMES.toSorted());
});

test.each(NAMES.flatMap((name) => examplesOf(name).map((line) => ({ name, line }))))(
  "$line",
  async ({ name, line }) => {
    expect(await parse(line)).toBe(name);
  },
);

test("an example that the program does not take would be noticed", async () => {
  await expect(parse("millrace customers:list --serch x")).rejects.toThrow("unknown option");
  await expect(parse("millrace customers:lst")).rejects.toThrow();
});

test("help shows them", () => {
  let help = "";
  const program = describeProgram();
  const command = program.commands.find((one) => one.name() === "customers:create");
  command?.configureOutput({ writeOut: (text) => (help += text) });
  command?.outputHelp();
  expect(help).toContain("\nExamples:\n  millrace customers:create 'Acme & Sons'");
});
