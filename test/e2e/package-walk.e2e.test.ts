import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childEnv } from "#config";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";

/**
 * The package as an author has it, by plain npm in an empty folder: installed, a project begun, tested, published,
 * deployed for a customer, run, and run again on the author's machine.
 */
const ROOT = resolve(import.meta.dirname, "../..");
let folder: string;
let project: string;
let millrace: RunningMillrace;

/** A shell's program, without this checkout's binaries on the PATH: on the Node that the machine has, where it has one. */
function run(cwd: string, program: string, args: string[]): Promise<string> {
  const path = (childEnv({})["PATH"] ?? "")
    .split(delimiter)
    .filter((entry) => !entry.startsWith(ROOT))
    .join(delimiter);
  const env = childEnv({
    PATH: path,
    XDG_CONFIG_HOME: folder,
    MILLRACE_SERVER: millrace.run.apiUrl,
    MILLRACE_TOKEN: millrace.run.token,
  });
  for (const name of Object.keys(env)) if (/^(npm_|VITEST|NODE_)/.test(name)) delete env[name];
  return new Promise((done, fail) => {
    execFile(program, args, { cwd, env }, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else fail(new Error(`${program} ${args.join(" ")} ended with ${error.code}:\n${stdout}\n${stderr}`));
    });
  });
}
const npx = (...args: string[]) => run(project, "npx", ["--no-install", "millrace", ...args]);
const json = async (...args: string[]) => JSON.parse(await npx(...args, "-o", "json")) as { id: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-package-"));
  project = join(folder, "shop");
  millrace = await startMillrace({ env: { MILLRACE_DEMO: "0" } });
});
afterAll(async () => {
  await millrace.stop();
  millrace.remove();
  rmSync(folder, { recursive: true, force: true });
});

test("an author goes from an empty folder to a run and its replay by the package alone", async () => {
  await run(ROOT, process.execPath, ["scripts/package.mjs", folder]);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  const quietly = ["--silent", "--no-audit", "--no-fund", "--prefer-offline"];
  writeFileSync(join(folder, "package.json"), '{"private":true}');
  await run(folder, "npm", ["install", ...quietly, tarball]);
  await run(folder, "npx", ["--no-install", "millrace", "init", "shop", "--package", `file:${tarball}`]);

  await run(project, "npm", ["install", ...quietly]);
  expect(await run(project, "npm", ["test"])).toMatch(/2 passed/);
  await run(project, "npx", ["--no-install", "tsc"]);

  expect(await npx("publish", "integration.ts", "--note", "first", "--commit", "abc123")).toContain(
    "shop version 1",
  );
  expect(await npx("publish", "integration.ts")).toContain("unchanged");
  const customer = await json("customers:create", "Acme");
  const instance = await json("instances:create", "Main", "--customer", customer.id, "--integration", "shop");
  await npx("instances:deploy", instance.id);
  const tailed = await npx("instances:flow-configs:test", "Main/order", "--payload", "@order.json", "--tail");
  expect(tailed).toContain("order 1001");
  expect(tailed).toContain("succeeded");

  const executions = JSON.parse(await npx("executions:list", "-o", "json")) as { id: string }[];
  const replayed = await npx("replay-local", executions[0]?.id ?? "", "integration.ts", "--no-debug");
  expect(replayed).toContain('{"text":"Hello, Ada!"}');
  expect(replayed).toContain("succeeded in ");
});
