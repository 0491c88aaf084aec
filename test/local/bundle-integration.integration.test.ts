import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import vm from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-bundle-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(name: string, source: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, source);
  return path;
}

const INTEGRATION = `
import { defineIntegration, webhook } from "millrace";
import { double } from "./lib/double.ts";
interface Order { id: number }
export default defineIntegration({ key: "shop", name: "Shop" })
  .flow("order", { trigger: webhook() }, (flow) =>
    flow.step("twice", ({ trigger }) => double((trigger.body.json() as Order).id)));
`;

async function shopIn(name: string): Promise<string> {
  await fileOf(`${name}/lib/double.ts`, "export const double = (value: number): number => value * 2;\n");
  return fileOf(`${name}/shop.ts`, INTEGRATION);
}

/** Evaluates a bundle where nothing but the language exists. */
function evaluate(code: string): {
  definition: { key: string };
  functions: Record<string, Record<string, (context: object) => unknown>>;
} {
  const context = vm.createContext(Object.create(null));
  vm.runInContext(code, context);
  return vm.runInContext("globalThis.__millraceIntegration", context);
}

test("a bundle evaluates in a bare context to definition and functions", async () => {
  const bundle = await bundleIntegration(await shopIn("plain"));
  expect(bundle.warnings).toEqual([]);
  const integration = evaluate(bundle.code);
  expect(integration.definition.key).toBe("shop");
  const trigger = { body: { json: () => ({ id: 21 }) } };
  expect(integration.functions["order"]?.["twice"]?.({ trigger })).toBe(42);
  expect(bundle.sha256).toBe(createHash("sha256").update(bundle.code).digest("hex"));
  // The SDK is what every isolate pays for: it stays tiny.
  expect(bundle.code.length).toBeLessThan(4_000);
});

test("the same source gives the same bundle in any folder, without a trace of the machine", async () => {
  const [one, two] = await Promise.all([
    bundleIntegration(await shopIn("one")),
    bundleIntegration(await shopIn("two/deep/er")),
  ]);
  expect(two.sha256).toBe(one.sha256);
  expect(two.sourceMap).toBe(one.sourceMap);
  for (const text of [one.code, one.sourceMap]) {
    expect(text).not.toContain(folder);
    expect(text).not.toContain(process.cwd());
  }
  const sources = (JSON.parse(one.sourceMap) as { sources: string[] }).sources;
  expect(sources).toContain("shop.ts");
  expect(sources).toContain("lib/double.ts");
  expect(sources).toContain("millrace/define-integration.ts");
});

test("another source gives another sha", async () => {
  const first = await bundleIntegration(await shopIn("changed"));
  const file = await fileOf("changed/shop.ts", INTEGRATION.replace('"Shop"', '"Shop 2"'));
  expect((await bundleIntegration(file)).sha256).not.toBe(first.sha256);
});

test.each([
  [
    "node:fs",
    'import { readFileSync } from "node:fs"; export { readFileSync };',
    '"node:fs" does not exist in the isolate',
  ],
  ["fs", 'import fs from "fs"; export { fs };', '"node:fs" does not exist in the isolate'],
  ["fs/promises", 'const fs = import("fs/promises");', '"node:fs/promises" does not exist'],
  ["child_process", 'const c = require("child_process");', '"node:child_process" does not exist'],
  ["addon", 'import addon from "./build/addon.node"; export { addon };', "is native code"],
])("an import of %s is refused where it stands", async (name, line, message) => {
  const folder = `refused-${name.replace(/\W/g, "-")}`;
  await shopIn(folder);
  const file = await fileOf(`${folder}/x.ts`, `${line}\n${INTEGRATION}`);
  const failure = bundleIntegration(file);
  await expect(failure).rejects.toMatchObject({ code: "request/definition-refused" });
  await expect(failure).rejects.toThrow(message);
  await expect(failure).rejects.toThrow(/x\.ts:1:\d+: /);
});

test("a built-in that a package of the author's imports is refused in that package's file", async () => {
  await fileOf("deep/node_modules/dep/package.json", '{"name":"dep","main":"index.js"}');
  await fileOf("deep/node_modules/dep/index.js", '\n  module.exports = require("net");\n');
  const file = await fileOf("deep/x.ts", 'import dep from "dep";\nexport default dep;');
  await expect(bundleIntegration(file)).rejects.toThrow(/node_modules\/dep\/index\.js:2:\d+: "node:net"/);
});

test("a package with the name of a built-in is bundled", async () => {
  await fileOf("named/node_modules/events/package.json", '{"name":"events","main":"index.js"}');
  await fileOf("named/node_modules/events/index.js", "module.exports = { definition: { key: 'events' } };");
  const file = await fileOf("named/x.ts", 'import events from "events";\nexport default events;');
  expect(evaluate((await bundleIntegration(file)).code).definition.key).toBe("events");
});

test.each([
  ["no default export", "export const x = 1;", "write `export default defineIntegration(…)`"],
  ["a syntax error", "export default {\n  a: ,\n};", /x\.ts:2:6: Unexpected ","/],
  [
    "an unknown package",
    'import x from "no-such-package";\nexport default x;',
    /x\.ts:1:15: Could not resolve/,
  ],
  ["await at the top", "export default await Promise.resolve(1);", "await inside a step"],
])("%s is refused with what to do", async (name, source, message) => {
  const file = await fileOf(`bad-${name.replace(/\W/g, "-")}/x.ts`, source);
  await expect(bundleIntegration(file)).rejects.toThrow(message);
});

test("a file that is not there is named", async () => {
  await expect(bundleIntegration(join(folder, "nowhere.ts"))).rejects.toMatchObject({
    code: "request/invalid",
    field: "file",
  });
});

test("a bundle above the limit is refused with its largest parts", async () => {
  await fileOf("large/data.ts", `export const data = ${JSON.stringify("x".repeat(5.5 * 1024 * 1024))};`);
  const file = await fileOf("large/x.ts", 'import { data } from "./data.ts";\nexport default { data };');
  await expect(bundleIntegration(file)).rejects.toThrow(
    /bundles to 5\.5 MB, at most 5\.0 MB are allowed; the largest parts are data\.ts \(5\.5 MB\)/,
  );
});

test("what esbuild warns of is passed on with its place", async () => {
  const file = await fileOf("warned/x.ts", "export default { a: 1, a: 2 };");
  expect((await bundleIntegration(file)).warnings).toEqual([
    expect.stringMatching(/x\.ts:1:24: Duplicate key "a"/),
  ]);
});
