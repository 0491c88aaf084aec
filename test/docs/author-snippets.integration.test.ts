import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * Every TypeScript block of the docs for authors begins with its file's name. They are written side by side into a folder
 * inside the checkout (so that `millrace` and vitest are found), type-checked, and their tests run.
 */
const ROOT = resolve(import.meta.dirname, "../..");
const DOCS = ["authors/quick-start", "authors/flows", "config"];
let folder: string;

function snippetsOf(doc: string): [name: string, text: string][] {
  const text = readFileSync(join(ROOT, "docs", `${doc}.md`), "utf8");
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => {
    const name = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1];
    if (name === undefined)
      throw new Error(`A block of ${doc}.md does not begin with its file's name:\n${code}`);
    return [name, code];
  });
}

beforeAll(() => {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".cache/snippets-"));
  for (const doc of DOCS) {
    mkdirSync(join(folder, doc), { recursive: true });
    for (const [name, text] of snippetsOf(doc)) writeFileSync(join(folder, doc, name), text);
  }
  const config = { extends: "../../tsconfig.json", include: ["**/*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(
    join(folder, "vitest.config.ts"),
    `import { defineConfig } from "vitest/config";
export default defineConfig({ test: { include: ["**/*.test.ts"], alias: {
  "millrace/testing": ${JSON.stringify(join(ROOT, "src/local/testing.ts"))},
  millrace: ${JSON.stringify(join(ROOT, "src/sdk/index.ts"))},
} } });
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(tool: string, ...args: string[]): Promise<string> {
  return new Promise((done) => {
    execFile(join(ROOT, "node_modules/.bin", tool), args, { cwd: folder }, (error, stdout, stderr) => {
      done(`${error === null ? "passed" : "failed"}\n${stdout}${stderr}`);
    });
  });
}

test("what the authors' docs show compiles", async () => {
  expect(await run("tsc", "-p", folder)).toBe("passed\n");
});

test("the tests that the authors' docs show pass", async () => {
  const output = await run("vitest", "run", "--root", folder, "--no-color");
  expect(output).toMatch(/^passed/);
  expect(output).toMatch(/Tests +6 passed/);
});

test("every command that the quick start shows is one", async () => {
  const text = readFileSync(join(ROOT, "docs/authors/quick-start.md"), "utf8");
  const names = new Set([...text.matchAll(/npx millrace ([a-z:-]+)/g)].map(([, name = ""]) => name));
  expect(names.size).toBeGreaterThan(8);
  const help = await run("node", join(ROOT, "src/cli/main.ts"), "--help");
  expect([...names].filter((name) => !help.includes(`  ${name} `))).toEqual([]);
});
