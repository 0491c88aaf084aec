import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { childEnv } from "#config";
import { tempDir } from "../../support/temp-dir.ts";

const MAIN = fileURLToPath(new URL("../../../src/main/local-commands/sandbox.ts", import.meta.url));

/** `millrace sandbox …` in a process of its own. */
function sandbox(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ["--no-node-snapshot", MAIN, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env: childEnv({}) }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

function program(source: string): string {
  const file = join(tempDir(), "program.ts");
  writeFileSync(file, source);
  return file;
}

test("sandbox run prints output and logs for a person, and ends with 0", async () => {
  const file = program(
    `export default ({ input, log }: any) => { log.info("n is", input.n); return { doubled: input.n * 2 }; };`,
  );
  const ran = await sandbox("run", file, "--input", '{"n":21}');
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  for (const line of [/^outcome {3}ok$/m, /^output {4}\{"doubled":42\}$/m, /^log {7}info n is 21$/m])
    expect(ran.stdout).toMatch(line);
});

test("sandbox run --json tells a contained failure on one line, and ends with 3", async () => {
  const file = program(`export default () => { throw new TypeError("no such order"); };`);
  const { code, stdout } = await sandbox("run", file, "--json");
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: "threw",
    error: { name: "TypeError", message: "no such order" },
  });
});

test.each([
  [["run"], "Usage: millrace sandbox run"],
  [["run", "x.ts", "--input", "{"], "--input must be JSON"],
  [["run", "x.ts", "--permissions", '{"net":7}'], "--permissions"],
])("sandbox %j ends with 2 and says why", async (args, reason) => {
  expect(await sandbox(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
});

test("a file that is not there ends with 1 and is named", async () => {
  expect(await sandbox("run", "/nowhere/x.ts")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("/nowhere/x.ts"),
  });
});
