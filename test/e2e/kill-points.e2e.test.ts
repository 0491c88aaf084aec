import { afterAll, beforeAll, expect, test } from "vitest";
import { KILL_POINTS } from "#contract/kill-points.ts";
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

test.each(KILL_POINTS)("three deaths at %s under load lose nothing and double nothing", async (point) => {
  const instance: FaultInstance = await deployFaultFlow(millrace);
  const verdict = await killUnderLoad({ millrace, instance, point, hits: 3 });
  expect(verdict.problems).toEqual([]);
  expect(verdict.executions).toBe(verdict.deliveries);
  expect(verdict.ledgerEntries).toBe(verdict.deliveries);
});
