import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleIntegration } from "#local/bundle-integration.ts";
import type { StepReport } from "#contract/sandbox.ts";
import { open, patience, step, useSandbox } from "../sandbox/guest-program.ts";

/** Inside of the checkout, so that packages are found. */
const CACHE = join(import.meta.dirname, "../../.cache");
let folder: string;
beforeAll(async () => {
  await mkdir(CACHE, { recursive: true });
  folder = await mkdtemp(join(CACHE, "places-"));
});
afterAll(() => rm(folder, { recursive: true }));
const sandbox = useSandbox({ maxCells: 2 });

/** Bundled as for a publish, run in a real cell. */
async function runProject(helper: string, main: string): Promise<StepReport> {
  await mkdir(join(folder, "lib"), { recursive: true });
  await writeFile(join(folder, "lib/helper.ts"), helper);
  await writeFile(join(folder, "shop.ts"), main);
  const { code, sourceMap } = await bundleIntegration(join(folder, "shop.ts"));
  const sha256 = createHash("sha256").update(code).digest("hex");
  const session = open(sandbox(), { sha256, load: () => Promise.resolve({ code, sourceMap }) });
  try {
    return await session.runStep(step("only"), patience());
  } finally {
    session.close();
  }
}

const MAIN = `import { defineIntegration, webhook } from "millrace";
import { help } from "./lib/helper.ts";
export default defineIntegration({ key: "shop", name: "Shop" })
  .flow("flow", { trigger: webhook() }, (flow) =>
    flow.step("only", async () => {
      await null;
      return help("x");
    }));
`;

const HOST = /\/work|\/tmp|\/home|\/root|\.cache|millrace:guest|isolated-vm|node:/;

test("an error shows its file, line and column in each frame, and no path of the machine", async () => {
  const { error } = await runProject(
    `interface Unused { a: string }

export function help(text: string): number {
  if (text === "x") {
    throw new RangeError("not this one");
  }
  return text.length;
}
`,
    MAIN,
  );
  expect(error).toMatchObject({ name: "RangeError", message: "not this one" });
  const frames = error?.stack?.split("\n") ?? [];
  expect(frames[1]).toMatch(/lib\/helper\.ts:5:11/);
  expect(frames[2]).toMatch(/shop\.ts:7:14/);
  expect(error?.stack).not.toMatch(HOST);
});

test("an error of the runtime, of a package and of a built-in's stand-in names no path of the machine", async () => {
  const sources = [
    `export const help = () => new URL("not a url");`,
    `import { parse } from "yaml"; export const help = () => parse("a: [");`,
    `import assert from "node:assert"; export const help = () => assert.equal(1, 2);`,
    `export const help = () => fetch("https://user:pw@a.example");`,
    `export const help = () => crypto.subtle.digest("none", new Uint8Array());`,
    `export const help = () => new ReadableStream().getReader().read.call(1);`,
  ];
  for (const source of sources) {
    const { error, outcome } = await runProject(source, MAIN);
    expect(outcome).toBe("threw");
    expect(error?.stack ?? "").not.toMatch(HOST);
    expect(error?.message).not.toMatch(HOST);
  }
});

test("an error while the bundle is evaluated shows its place too", async () => {
  const { error } = await runProject(
    `export const help = (text: string) => text;\nconst table: Record<string, string> = {};\n(table["missing"] as string).trim();\n`,
    MAIN,
  );
  expect(error?.name).toBe("TypeError");
  expect(error?.stack).toMatch(/lib\/helper\.ts:3:\d+/);
  expect(error?.stack).not.toMatch(HOST);
});
