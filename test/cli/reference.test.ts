import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeProgram } from "#cli/create-program.ts";
import { LOCAL_COMMANDS } from "#cli/local-commands.ts";
import { cliReference } from "#cli/reference.ts";

test("docs/cli.md is what the program has; else run: npm run generate", () => {
  const file = new URL("../../docs/cli.md", import.meta.url);
  expect(readFileSync(file, "utf8")).toBe(cliReference(describeProgram()));
});

test("the commands without a server are those that bin/millrace runs", () => {
  const script = readFileSync(new URL("../../bin/millrace", import.meta.url), "utf8");
  const names = /^ {2}([a-z| ]+)\)\n {4}main=\$root\/src\/main\/local-commands/m
    .exec(script)?.[1]
    ?.split(" | ");
  expect(LOCAL_COMMANDS.map(({ name }) => name)).toEqual(names);
});
