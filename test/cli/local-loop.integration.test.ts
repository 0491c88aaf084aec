import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

function run(cwd: string, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function newProject(): Promise<string> {
  const folder = tempDir();
  const { code, stderr } = await run(folder, "init", "My Shop", "--package", "^0.1.0");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return join(folder, "My Shop");
}

test("init makes a project whose flow runs at once, and never writes over anything", async () => {
  const project = await newProject();
  expect((await readdir(project)).sort()).toEqual([
    ".gitignore",
    "README.md",
    "integration.test.ts",
    "integration.ts",
    "order.json",
    "package.json",
    "tsconfig.json",
  ]);
  expect(JSON.parse(await readFile(join(project, "package.json"), "utf8"))).toMatchObject({
    name: "my-shop",
  });
  const ran = await run(project, "dev", "integration.ts", "--payload", "order.json", "--once");
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  expect(ran.stdout).toContain("  greet info: order 1001\n");
  expect(ran.stdout).toContain('{"text":"Hello, Ada!"}');
  expect(ran.stdout).toContain("succeeded in ");
  expect(await run(project, "init", ".")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is not empty: .gitignore"),
  });
});

test("dev shows a failed step with its place, and ends with 1 where it runs once", async () => {
  const project = await newProject();
  await writeFile(join(project, "order.json"), '{"id":"x"}');
  const ran = await run(project, "dev", "integration.ts", "--payload", "order.json", "--once");
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain("step/fatal: FatalError: This is no order");
  expect(ran.stdout).toMatch(/at parseOrder \(integration\.ts:\d+:\d+\)/);
});

test("dev runs again within a second of a saved change, of source and of payload, also after a mistake", async () => {
  const project = await newProject();
  const source = join(project, "integration.ts");
  const child = spawn(process.execPath, [MAIN, "dev", "integration.ts", "--payload", "order.json"], {
    cwd: project,
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  const shows = (text: string) =>
    waitFor(() => output.includes(text), { timeoutMs: 20_000, what: `dev shows ${text}` });
  await shows('{"text":"Hello, Ada!"}');

  const text = await readFile(source, "utf8");
  const savedAt = performance.now();
  await writeFile(source, text.replace("}!", "}?"));
  await shows('{"text":"Hello, Ada?"}');
  // A second is what it takes on a machine of its own.
  expect(performance.now() - savedAt).toBeLessThan(5_000);

  await writeFile(source, "export default 1 +;");
  await shows("integration.ts cannot be bundled");
  await writeFile(source, text);
  await writeFile(join(project, "order.json"), '{"id":1,"customer":"Grace"}');
  await shows('{"text":"Hello, Grace!"}');
  child.kill("SIGINT");
  expect(await exited).toEqual([0, null]);
});
