import { describe, expect, test } from "vitest";
import { describeTimetable } from "#contract/describe-schedule.ts";
import { definitionSchema } from "#contract/definition.ts";
import {
  checkScheduleValues,
  lastTick,
  nextTick,
  nextTicks,
  resolveSchedule,
  type Timetable,
} from "#contract/schedule.ts";
import { scheduleTriggerSchema } from "#contract/trigger.ts";

const at = (iso: string) => Date.parse(iso);
const berlin = (cron: string): Timetable => ({ cron, timeZone: "Europe/Berlin" });
const ticks = (timetable: Timetable, from: string, count: number) =>
  nextTicks(timetable, at(from), count).map((ms) => new Date(ms).toISOString().replace(":00.000Z", "Z"));

describe("daylight saving", () => {
  test("a nightly run keeps to the clock on the wall, in summer and winter", () => {
    expect(ticks(berlin("0 4 * * *"), "2026-03-27T12:00Z", 3)).toEqual([
      "2026-03-28T03:00Z",
      "2026-03-29T02:00Z",
      "2026-03-30T02:00Z",
    ]);
  });

  test("a run in the hour that is left out comes once, right after it", () => {
    expect(ticks(berlin("30 2 * * *"), "2026-03-28T12:00Z", 2)).toEqual([
      "2026-03-29T01:00Z",
      "2026-03-30T00:30Z",
    ]);
  });

  test("a run in the hour that comes twice comes once", () => {
    expect(ticks(berlin("30 2 * * *"), "2026-10-24T12:00Z", 2)).toEqual([
      "2026-10-25T00:30Z",
      "2026-10-26T01:30Z",
    ]);
  });

  test("what runs by the hour runs in each hour that passes: none twice, none left out", () => {
    const autumn = nextTicks(berlin("0 * * * *"), at("2026-10-24T20:00Z"), 12);
    const spring = nextTicks(berlin("0 * * * *"), at("2026-03-28T20:00Z"), 12);
    for (const [first, ...rest] of [autumn, spring])
      expect(rest).toEqual(rest.map((_, index) => (first ?? 0) + (index + 1) * 3_600_000));
  });

  test("half an hour's change, and a midnight that does not exist", () => {
    expect(ticks({ cron: "0 0 * * *", timeZone: "America/Sao_Paulo" }, "2018-11-03T12:00Z", 1)).toEqual([
      "2018-11-04T03:00Z",
    ]);
    expect(ticks({ cron: "30 1 * * *", timeZone: "Australia/Lord_Howe" }, "2026-04-04T00:00Z", 2)).toEqual([
      "2026-04-04T14:30Z",
      "2026-04-05T15:00Z",
    ]);
  });

  test.each(["30 2 * * *", "15,45 1-3 * * *", "*/20 * * * *", "0 */3 * * *"])(
    "%s over a year: the tick before a tick's successor is that tick",
    (cron) => {
      const zone = berlin(cron);
      let tick = nextTick(zone, at("2026-03-20T00:00Z"));
      for (let count = 0; count < 400 && tick !== undefined; count += 1) {
        const next = nextTick(zone, tick);
        expect(next).toBeGreaterThan(tick);
        expect(lastTick(zone, (next ?? 0) - 1)).toBe(tick);
        expect(lastTick(zone, tick)).toBe(tick);
        tick = next;
      }
    },
  );
});

test("an interval is a grid: who asks a little later gets the same ticks", () => {
  const every: Timetable = { everyMs: 900_000 };
  expect(nextTick(every, at("2026-01-01T00:07:00Z"))).toBe(at("2026-01-01T00:15:00Z"));
  expect(nextTick(every, at("2026-01-01T00:15:00Z"))).toBe(at("2026-01-01T00:30:00Z"));
  expect(lastTick(every, at("2026-01-01T00:15:00Z"))).toBe(at("2026-01-01T00:15:00Z"));
});

test("a date that never comes has no tick", () => {
  expect(nextTick(berlin("0 0 30 2 *"), at("2026-01-01T00:00Z"))).toBeUndefined();
});

test("a timetable in words", () => {
  expect(describeTimetable(berlin("30 4 * * 1-5"))).toBe("At 04:30, Monday through Friday (Europe/Berlin)");
  expect(describeTimetable({ everyMs: 900_000 })).toBe("Every 15 minutes");
  expect(describeTimetable({ everyMs: 3_600_000 })).toBe("Every hour");
});

describe("values from config variables", () => {
  const trigger = scheduleTriggerSchema.parse({
    type: "schedule",
    timetable: { cron: { config: "when" } },
    timeZone: { config: "zone" },
  });

  test("are the instance's timetable", () => {
    expect(resolveSchedule(trigger, { when: " 0 3 * * * ", zone: "Europe/Paris" })).toMatchObject({
      type: "on",
      schedule: { timetable: { cron: "0 3 * * *", timeZone: "Europe/Paris" }, overlap: "skip" },
    });
  });

  test("without a value switch the schedule off", () => {
    expect(resolveSchedule(trigger, { when: null, zone: "UTC" })).toEqual({ type: "off", variable: "when" });
  });

  test("that are none are told by their variables' names", () => {
    const definition = definitionSchema.parse({
      format: 1,
      key: "k",
      name: "K",
      config: { when: { type: "string", label: "When" }, zone: { type: "string", label: "Zone" } },
      flows: [
        { key: "a", trigger, steps: [{ type: "step", key: "s" }] },
        { key: "b", trigger, steps: [{ type: "step", key: "s" }] },
      ],
    });
    expect(checkScheduleValues(definition, { when: "0 25 * * *", zone: "Mars/Base" })).toEqual([
      { field: "when", message: expect.stringContaining('hour "25"') },
      { field: "zone", message: expect.stringContaining("Mars/Base") },
    ]);
  });
});
