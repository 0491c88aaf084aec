import { fork } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { tempDir } from "../support/temp-dir.ts";
import { waitFor } from "../support/wait-for.ts";
import { bundleOf, isAlive, noNetwork, open, outputOf, patience, runOne, step } from "./guest-program.ts";

describe("a sandbox", () => {
  test("forks its cells ahead, tests them, and leaves none behind at stop", async () => {
    const sandbox = await createSandbox({ fetch: noNetwork, spareCells: 2 });
    await waitFor(() => sandbox.status().cells.filter(({ state }) => state === "ready").length === 2, {
      what: "two spares are ready",
    });
    expect(outputOf(await runOne(sandbox, `() => 1`))).toBe(1);
    const pids = sandbox.status().cells.map(({ pid }) => pid);
    await sandbox.stop();
    expect(pids.length).toBeGreaterThanOrEqual(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(sandbox.status()).toMatchObject({ cells: [], inUse: 0 });
  });

  test("stops in the middle of steps, whose outcome is then retryable", async () => {
    const sandbox = await createSandbox({ fetch: noNetwork });
    const running = runOne(sandbox, `() => new Promise((done) => setTimeout(done, 60_000))`);
    await waitFor(() => sandbox.status().inUse === 1, { what: "the step has its cell" });
    await sandbox.stop();
    expect(await running).toMatchObject({ outcome: "crashed", error: { retryable: true } });
    const late = await runOne(sandbox, `() => 1`);
    expect(late).toMatchObject({ outcome: "crashed", error: { retryable: true } });
  });

  test("made twice at once in an empty cache folder works in both", async () => {
    const cacheFolder = tempDir();
    const sandboxes = await Promise.all([1, 2].map(() => createSandbox({ fetch: noNetwork, cacheFolder })));
    const reports = await Promise.all(sandboxes.map((sandbox) => runOne(sandbox, `() => 1`)));
    await waitFor(() => readdirSync(cacheFolder).some((name) => name.endsWith(".cache")), {
      what: "the code cache of the guest's runtime is kept",
    });
    await Promise.all(sandboxes.map((sandbox) => sandbox.stop()));
    expect(reports.map(outputOf)).toEqual([1, 1]);
    expect(readdirSync(cacheFolder).filter((name) => !/\.(cjs|cache)$/.test(name))).toEqual([]);
  });

  test("starts its isolates from the kept code cache, with what every execution calls compiled in it", async () => {
    const cacheFolder = tempDir();
    const rejected: string[] = [];
    const options = { fetch: noNetwork, cacheFolder, onCacheRejected: (what: string) => rejected.push(what) };
    const first = await createSandbox(options);
    const cacheOf = () => readdirSync(cacheFolder).find((name) => name.endsWith(".cache"));
    await waitFor(() => cacheOf() !== undefined, { what: "the cache of the guest's runtime is kept" });
    await first.stop();
    const second = await createSandbox(options);
    expect(outputOf(await runOne(second, `() => 1`))).toBe(1);
    await second.stop();
    expect(rejected).toEqual([]);
    // Of functions that have not run V8 keeps no code: the same cache taken before a run has 53 kB.
    expect(statSync(join(cacheFolder, cacheOf() ?? "")).size).toBeGreaterThan(62_000);
  });

  test("replaces a cell after its number of executions", async () => {
    const ended: string[] = [];
    const sandbox = await createSandbox({
      fetch: noNetwork,
      maxCells: 1,
      executionsPerCell: 2,
      onCellEnded: ({ reason }) => ended.push(reason),
    });
    for (let n = 0; n < 5; n += 1) expect(outputOf(await runOne(sandbox, `() => ${n}`))).toBe(n);
    await waitFor(() => ended.length === 2, { what: "two cells have been replaced" });
    await sandbox.stop();
    expect(ended.slice(0, 2)).toEqual(["recycled", "recycled"]);
  });

  test("serves more domains than it has cells, and one that waits behind busy ones", async () => {
    const sandbox = await createSandbox({ fetch: noNetwork, maxCells: 1 });
    const domain = (integrationId: string) => ({ organizationId: "org", integrationId });
    const bundle = bundleOf(`nap: () => new Promise((done) => setTimeout(done, 100, 1))`);
    let isDone = false;
    // One domain is never idle: an execution of it begins before another has ended.
    const busy = [1, 2].map(async () => {
      while (!isDone) {
        const session = open(sandbox, bundle, { domain: domain("busy") });
        await session.runStep(step("nap"), patience());
        session.close();
      }
    });
    await waitFor(() => sandbox.status().inUse === 2, { what: "the busy domain has the cell" });
    const report = await runOne(sandbox, `() => "served"`, { domain: domain("quiet") });
    isDone = true;
    await Promise.all(busy);
    await sandbox.stop();
    expect(outputOf(report)).toBe("served");
  });

  test("whose parent is killed leaves no cell", async () => {
    const parent = fork(new URL("./forked-sandbox.ts", import.meta.url), {
      execArgv: ["--no-node-snapshot"],
    });
    const pids = await new Promise<number[]>((resolve, reject) => {
      parent.once("message", (message) => resolve(message as number[])); // our own process
      parent.once("exit", () => reject(new Error("The parent ended before its cells were ready")));
    });
    expect(pids.length).toBeGreaterThanOrEqual(2);
    expect(pids.every(isAlive)).toBe(true);
    parent.kill("SIGKILL");
    await waitFor(() => pids.every((pid) => !isAlive(pid)), { what: "all cells have ended" });
  });
});
