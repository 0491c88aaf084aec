import type { FlowSchedule, ScheduleSummary } from "#contract/api/schedules.ts";
import { describeTimetable } from "#contract/describe-schedule.ts";
import { nextTicks } from "#contract/schedule.ts";
import type { ScheduleTrigger } from "#contract/trigger.ts";
import { type listTicks, type ScheduleRow, timetableOf } from "#db/schedules.ts";

const NEXT_RUNS = 5;

/** Without a row the schedule is off: its flow is deployed, but a variable that it needs has no value. */
export function toScheduleSummary(row: ScheduleRow | undefined): ScheduleSummary {
  if (row === undefined) return { state: "off", words: null, nextRun: null };
  return {
    state: row.paused ? "paused" : "on",
    words: describeTimetable(timetableOf(row)),
    nextRun: row.paused ? null : (row.next_fire_at?.toISOString() ?? null),
  };
}

export function toSchedule(
  flow: { id: string; trigger: ScheduleTrigger },
  row: ScheduleRow | undefined,
  { ticks, nowMs }: { ticks: Awaited<ReturnType<typeof listTicks>>; nowMs: number },
): FlowSchedule {
  const { overlap, catchUpMs } = flow.trigger;
  return {
    ...toScheduleSummary(row),
    flowId: flow.id,
    cron: row?.cron ?? null,
    timeZone: row?.time_zone ?? null,
    everyMs: row?.every_ms ?? null,
    overlap,
    catchUpMs,
    nextRuns: row === undefined ? [] : nextRunsOf(row, nowMs),
    lastMissed: row?.last_missed_at?.toISOString() ?? null,
    ticks: ticks.map((tick) => ({
      nominalAt: tick.nominal_at.toISOString(),
      firedAt: tick.fired_at.toISOString(),
      outcome: tick.outcome,
      executionId: tick.execution_id,
    })),
  };
}

/** As they would be once it is enabled, where it is paused. */
function nextRunsOf(row: ScheduleRow, nowMs: number): string[] {
  return nextTicks(timetableOf(row), nowMs, NEXT_RUNS).map((ms) => new Date(ms).toISOString());
}
