import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  bundleOf,
  noNetwork,
  open,
  OTHER_DOMAIN,
  outputOf,
  patience,
  runOne,
  step,
} from "./guest-program.ts";

test("cells that do not start are a problem that is told, and forgotten once they do", async () => {
  const cacheFolder = tempDir();
  const sandbox = await createSandbox({ fetch: noNetwork, cacheFolder, spareCells: 0 });
  const mainFile = join(
    cacheFolder,
    readdirSync(cacheFolder).find((name) => name.startsWith("cell-main")) ?? "",
  );
  const code = readFileSync(mainFile);
  writeFileSync(
    mainFile,
    `process.stderr.write("broken on purpose", () => process.kill(process.pid, "SIGKILL"));`,
  );
  const refused = await runOne(sandbox, `() => 1`);
  expect(refused).toMatchObject({ outcome: "crashed", error: { name: "Unavailable", retryable: true } });
  expect(sandbox.status().problem).toContain("broken on purpose");
  writeFileSync(mainFile, code);
  expect(outputOf(await runOne(sandbox, `() => "well again"`))).toBe("well again");
  expect(sandbox.status().problem).toBeUndefined();
  await sandbox.stop();
});

test("a version that must run alone takes no more than half of the cells, however many executions it has", async () => {
  const sandbox = await createSandbox({ fetch: noNetwork, maxCells: 2 });
  const bundle = bundleOf(`
    burn: () => { const until = Date.now() + 600; while (Date.now() < until); },
    stay: () => new Promise((done) => setTimeout(done, 1_500, "stayed"))`);
  const run = async (stepKey: string) => {
    const session = open(sandbox, bundle);
    const report = await session.runStep(step(stepKey), patience());
    session.close();
    return report;
  };
  await run("burn");
  let stayed = 0;
  const crowd = Array.from({ length: 4 }, () => run("stay").finally(() => (stayed += 1)));
  const neighbour = await runOne(sandbox, `() => "served"`, { domain: OTHER_DOMAIN });
  expect(outputOf(neighbour)).toBe("served");
  expect(stayed).toBeLessThan(2);
  expect((await Promise.all(crowd)).map(outputOf)).toEqual(Array(4).fill("stayed"));
  await sandbox.stop();
});

test("a cell that answers nothing is ended, and its execution runs again", async () => {
  const ended: string[] = [];
  const sandbox = await createSandbox({
    fetch: noNetwork,
    spareCells: 0,
    onCellEnded: ({ reason }) => ended.push(reason),
  });
  const program = `() => new Promise((done) => setTimeout(done, 500, "done"))`;
  const running = runOne(sandbox, program);
  const cell = await waitFor(() => sandbox.status().cells.find(({ domain }) => domain !== undefined), {
    what: "the step has its cell",
  });
  process.kill(cell.pid, "SIGSTOP");
  expect(outputOf(await running)).toBe("done");
  expect(ended).toEqual(["silent"]);
  await sandbox.stop();
});

test("an input that kills its cell each time is given up after three", async () => {
  const sandbox = await createSandbox({ fetch: noNetwork });
  // A fatal error of V8: the process ends, and nobody is named.
  const bundle = bundleOf(`only: () => Array.prototype.sort.call({ length: 4e9 }), well: () => 1`);
  const session = open(sandbox, bundle);
  const names: (string | undefined)[] = [];
  for (let attempt = 1; attempt <= 4; attempt += 1)
    names.push((await session.runStep(step("only", { attempt }), patience())).error?.name);
  expect(names).toEqual(["Crashed", "Crashed", "PoisonError", "PoisonError"]);
  expect(outputOf(await session.runStep(step("well"), patience()))).toBe(1);
  session.close();
  await sandbox.stop();
});

test("a code cache that V8 cannot use is told of, and made anew", async () => {
  const cacheFolder = tempDir();
  const cacheFile = () => readdirSync(cacheFolder).find((name) => name.endsWith(".cache"));
  const first = await createSandbox({ fetch: noNetwork, cacheFolder, spareCells: 0 });
  const file = join(cacheFolder, await waitFor(cacheFile, { what: "the runtime's code cache is kept" }));
  await first.stop();
  const good = readFileSync(file);
  const bad = Buffer.from(good);
  // In its head, where V8 looks for its version.
  bad.writeUInt32LE(bad.readUInt32LE(4) ^ 0xffff_ffff, 4);
  writeFileSync(file, bad);
  const rejected: string[] = [];
  const onCacheRejected = (what: string): void => void rejected.push(what);
  const second = await createSandbox({ fetch: noNetwork, cacheFolder, spareCells: 0, onCacheRejected });
  expect(outputOf(await runOne(second, `() => 1`))).toBe(1);
  await waitFor(() => rejected.length > 0, { what: "the rejected cache is told of" });
  await waitFor(() => !readFileSync(file).equals(bad), { what: "another has been made" });
  await second.stop();
  expect(rejected).toEqual(["the guest's runtime"]);
});
