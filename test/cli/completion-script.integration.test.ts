import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { completionScript } from "#cli/completion-script.ts";
import { describeProgram } from "#cli/create-program.ts";

/** What bash offers at the end of a line. */
function complete(line: string): string[] {
  const script = `${completionScript(describeProgram(), "bash")}
    COMP_LINE="$1" COMP_POINT=\${#1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["-c", script, "bash", line], { encoding: "utf8" }).trim().split("\n");
}

test("bash completes commands, behind a colon only what follows it", () => {
  expect(complete("millrace cust")).toContain("customers:list");
  expect(complete("millrace customers:l")).toEqual(["list"]);
  expect(complete("millrace instances:flow-configs:t")).toEqual(["test"]);
  expect(complete("millrace doc")).toEqual(["doctor"]);
});

test("bash completes options and what they may be", () => {
  expect(complete("millrace customers:list --wa")).toEqual(["--watch"]);
  expect(complete("millrace customers:list --ser")).toEqual(["--server"]);
  expect(complete("millrace customers:list -o ")).toEqual(["table", "json", "yaml", "csv"]);
  expect(complete("millrace executions:logs x --severity w")).toEqual(["warn"]);
});

test("zsh and fish are told of the same commands", () => {
  expect(completionScript(describeProgram(), "zsh")).toContain("bashcompinit");
  expect(completionScript(describeProgram(), "fish")).toContain(
    "complete -c millrace -n '__fish_seen_subcommand_from customers:list' -l output -d 'how to print' -x -a 'table json yaml csv'",
  );
});
