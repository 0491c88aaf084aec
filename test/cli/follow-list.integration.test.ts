import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { childEnv } from "#config";
import { CLI_MAIN, jsonOf, ownerEnv, runCli } from "../support/run-cli.ts";
import { deployExample, startTestApi, type TestApi } from "../support/test-api.ts";

let api: TestApi;
let instanceId: string;
beforeAll(async () => {
  api = await startTestApi();
  instanceId = String((await deployExample(api.call)).instance.id);
});
afterAll(() => api.stop());

/** @returns the execution's id */
async function testFlow(): Promise<string> {
  const args = ["instances:flow-configs:test", `${instanceId}/ping`, "-o", "json"];
  return String((await jsonOf(runCli(args, ownerEnv(api)))).executionId);
}

test("executions are followed: each that arrives is printed once, until the signal", async () => {
  const first = await testFlow();
  const args = ["executions:list", "--instance", instanceId, "--follow", "-o", "json"];
  const child = spawn(process.execPath, [CLI_MAIN, ...args], { env: childEnv(ownerEnv(api)) });
  const ended = once(child, "close");
  let seen = "";
  child.stdout.on("data", (chunk: Buffer) => (seen += chunk.toString()));
  await vi.waitFor(() => expect(seen).toContain(first), 20_000);
  const second = await testFlow();
  await vi.waitFor(() => expect(seen).toContain(second), 20_000);
  child.kill("SIGINT");
  expect(await ended).toEqual([0, null]);
  const ids = seen
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line).id);
  expect(ids).toEqual([first, second]);
});
