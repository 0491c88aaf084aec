import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fleet, startFleet } from "../support/fleet.ts";
import { prepareReach } from "../support/measure-reach.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";
import { rollingRestart } from "../support/rolling-restart.ts";

let millrace: RunningMillrace;
let fleet: Fleet;

beforeAll(async () => {
  millrace = await startMillrace();
  fleet = await startFleet(millrace);
});

afterAll(async () => {
  await fleet.stop();
  await millrace.stop();
  millrace.remove();
});

/** A second is what holds (`npm run soak -- rolling`); the rest of it is for a machine that does much beside this. */
const REACHED_WITHIN_MS = 3_000;

test("a deploy, a pause and a key reach both apis", async () => {
  const measure = await prepareReach(millrace, fleet.origins);
  for (const [change, ms] of Object.entries(await measure())) {
    expect({ change, ms }).toEqual({
      change,
      ms: expect.toSatisfy((took: number) => took < REACHED_WITHIN_MS),
    });
  }
});

test("a restart of all four in turn, under load, loses nothing and answers nothing unannounced", async () => {
  const verdict = await rollingRestart({ millrace, fleet, rounds: 1 });
  expect(verdict.problems).toEqual([]);
  expect(verdict.executions).toBe(verdict.deliveries);
  expect(verdict.ledgerEntries).toBe(verdict.deliveries);
});
