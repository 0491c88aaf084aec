import { describe, expect, test } from "vitest";
import type { DueSchedule } from "#db/schedule-ticks.ts";
import type { ScheduleRow } from "#db/schedules.ts";
import { planTicks } from "#engine/plan-ticks.ts";

const MINUTE = 60_000;
const NOON = Date.parse("2026-06-01T12:00:00Z");
const ON_TIME = 2 * MINUTE;

function due(nowMs: number, row: Partial<ScheduleRow>, open: Partial<DueSchedule> = {}): DueSchedule {
  const full = {
    cron: null,
    time_zone: null,
    every_ms: MINUTE,
    overlap: "allow",
    catch_up_ms: 60 * MINUTE,
    resumed_at: null,
    next_fire_at: new Date(NOON),
    ...row,
  };
  // What the plan does not read is left out.
  return { row: full as ScheduleRow, nowMs, isRunning: false, isWaiting: false, ...open };
}
const minutes = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => NOON + (from + index) * MINUTE);
const nominal = (plan: ReturnType<typeof planTicks>) => plan.ticks.map((tick) => tick.nominalMs);

describe("what is due", () => {
  test("fires at its time, and next at the one after it", () => {
    expect(planTicks(due(NOON + 5, {}), ON_TIME)).toEqual({
      ticks: [{ nominalMs: NOON, outcome: "queued" }],
      nextMs: NOON + MINUTE,
      missedMs: undefined,
    });
  });

  test("is all run while it is on time: a restart leaves out no tick", () => {
    expect(nominal(planTicks(due(NOON + 2 * MINUTE, {}), ON_TIME))).toEqual(minutes(0, 2));
  });

  test("after a longer outage what is on time runs, and what was missed is told", () => {
    const plan = planTicks(due(NOON + 30 * MINUTE + 1, {}), ON_TIME);
    expect(nominal(plan)).toEqual(minutes(29, 30));
    expect(plan.missedMs).toBe(NOON + 28 * MINUTE);
  });
});

describe("a tick missed for good", () => {
  const hourly = { every_ms: 60 * MINUTE };

  test("is made up for within the catch-up window, the last one alone", () => {
    const plan = planTicks(due(NOON + 170 * MINUTE, hourly), ON_TIME);
    expect(nominal(plan)).toEqual([NOON + 120 * MINUTE]);
    expect(plan).toMatchObject({ nextMs: NOON + 180 * MINUTE, missedMs: NOON + 60 * MINUTE });
  });

  test("is left out beyond the window, and told", () => {
    const plan = planTicks(due(NOON + 50 * MINUTE, { ...hourly, catch_up_ms: 40 * MINUTE }), ON_TIME);
    expect(plan).toEqual({ ticks: [], nextMs: NOON + 60 * MINUTE, missedMs: NOON });
  });

  test("is one that fell into a pause, however short that was", () => {
    const paused = { resumed_at: new Date(NOON + 10_000), catch_up_ms: 0 };
    expect(planTicks(due(NOON + 11_000, paused), ON_TIME)).toEqual({
      ticks: [],
      nextMs: NOON + MINUTE,
      missedMs: NOON,
    });
  });
});

describe("overlap", () => {
  const three = (overlap: ScheduleRow["overlap"], open: Partial<DueSchedule> = {}) =>
    planTicks(due(NOON + 2 * MINUTE, { overlap }, open), ON_TIME).ticks.map(({ outcome }) => outcome);

  test("skip leaves out what comes while one runs", () => {
    expect(three("skip")).toEqual(["queued", "skipped", "skipped"]);
    expect(three("skip", { isRunning: true })).toEqual(["skipped", "skipped", "skipped"]);
  });

  test("queue-one lets one wait", () => {
    expect(three("queue-one")).toEqual(["queued", "waiting", "skipped"]);
    expect(three("queue-one", { isRunning: true })).toEqual(["waiting", "skipped", "skipped"]);
    expect(three("queue-one", { isRunning: true, isWaiting: true })).toEqual(Array(3).fill("skipped"));
  });

  test("allow runs them all", () => {
    expect(three("allow", { isRunning: true })).toEqual(["queued", "queued", "queued"]);
  });
});
