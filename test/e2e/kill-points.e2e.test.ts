import { afterAll, beforeAll, expect, test } from "vitest";
import { KILL_POINTS } from "#contract/kill-points.ts";
import { deployFixture } from "../support/deploy-fixture.ts";
import { deployFaultFlow, type FaultInstance } from "../support/fault-instance.ts";
import { killUnderLoad } from "../support/kill-under-load.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";

let millrace: RunningMillrace;

beforeAll(async () => {
  millrace = await startMillrace();
});

afterAll(async () => {
  await millrace.stop();
  millrace.remove();
});

test("a sender that waits for its flow is answered though the worker dies under it, and again by the same delivery", async () => {
  const { webhookUrl } = await deployFixture(millrace, {
    file: "test/fixtures/reply-flow.ts",
    customer: "Waits",
    config: {},
  });
  const ask = async (): Promise<[number, unknown]> => {
    const headers = { "x-delivery": "1" };
    const response = await fetch(webhookUrl, { method: "POST", headers, body: '{"number":21}' });
    return [response.status, await response.json()];
  };
  millrace.arm("step-after-effect");
  const answered = await ask();
  expect(answered).toEqual([201, { twice: 42, execution: expect.any(String) }]);
  expect(millrace.isArmed("step-after-effect")).toBe(false);
  expect(await ask()).toEqual(answered);
});

test.each(KILL_POINTS)("three deaths at %s under load lose nothing and double nothing", async (point) => {
  const instance: FaultInstance = await deployFaultFlow(millrace);
  const verdict = await killUnderLoad({ millrace, instance, point, hits: 3 });
  expect(verdict.problems).toEqual([]);
  expect(verdict.executions).toBe(verdict.deliveries);
  expect(verdict.ledgerEntries).toBe(verdict.deliveries);
});
