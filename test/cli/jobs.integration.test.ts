import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { childEnv } from "#config";
import { createFleet } from "../support/deployed-fleet.ts";
import { type JobsApi, startJobsApi } from "../support/jobs-api.ts";
import { EXAMPLE_DEFINITION } from "../support/test-api.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let jobs: JobsApi;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-cli-jobs-"));
  jobs = await startJobsApi();
  const url = "https://ledger.example";
  const fleet = await createFleet(jobs.api, {
    key: "orders",
    labels: ["canary"],
    configs: [{ url, limit: 5 }, { url }],
  });
  await fleet.publish({
    config: { ...EXAMPLE_DEFINITION.config, limit: { type: "number", label: "Limit" } },
  });
});
afterAll(async () => {
  await jobs.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A process of its own, not on a terminal. */
function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = childEnv({
    XDG_CONFIG_HOME: folder,
    MILLRACE_DATA_DIR: folder,
    MILLRACE_SERVER: jobs.api.url,
    MILLRACE_TOKEN: jobs.api.ownerToken,
  });
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
const MANY = ["instances:upgrade", "--integration", "orders", "--to", "latest", "--label", "canary"];

test("a dry run shows what would become of each instance, and ends well", async () => {
  const { code, stdout, stderr } = await cli(...MANY, "--dry-run");
  expect(stderr).toContain("done: 1 would change, 1 refused of 2");
  expect(stdout).toMatch(/orders 0 +Customer of orders +would change +1 → 2 +config ~limit/);
  expect(stdout).toMatch(/orders 1 +.*refused +request\/instance-incomplete +limit: "Limit" needs a value/);
  expect(code).toBe(0);
});

test("the upgrade shows how each ended, and fails where one was refused", async () => {
  const { code, stdout, stderr } = await cli(...MANY, "--yes", "-o", "csv");
  expect(stdout).toMatch(/^instance,customer,outcome,version,revision,code,detail\r\n/);
  expect(stdout).toContain("orders 0,Customer of orders,changed,1 → 2,2,,config ~limit");
  expect(stderr).toMatch(/job [0-9a-f-]{36}/);
  expect(stderr).toContain("Not every instance was upgraded: 1 changed, 1 refused of 2");
  expect(code).toBe(1);
});

test("jobs are listed, shown by outcome, and cancelled", async () => {
  const { stdout } = await cli("jobs:list", "-o", "json");
  const [last] = JSON.parse(stdout);
  expect(last).toMatchObject({ state: "done", dryRun: false });
  const refused = await cli("jobs:get", last.id, "--state", "refused", "--watch");
  expect(refused.stdout).toMatch(/^items +1 changed, 1 refused of 2$/m);
  expect(refused.stdout).not.toContain("orders 0");
  const cancelled = await cli("jobs:cancel", last.id, "-o", "json");
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ id: last.id, state: "done" });
});

test.each([
  [["instances:upgrade"], "Name one instance, or an integration"],
  [["instances:upgrade", "one", "--label", "canary"], "choose among an integration's instances"],
  [[...MANY, "--set", "limit=1"], "--set is for the upgrade of one instance"],
])("%j is an error of usage", async (args, message) => {
  expect(await cli(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
