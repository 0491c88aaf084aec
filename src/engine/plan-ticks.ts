import { lastTick, nextTick, type Timetable } from "#contract/schedule.ts";
import type { DueSchedule, TickPlan } from "#db/schedule-ticks.ts";
import { timetableOf } from "#db/schedules.ts";

/**
 * What becomes of a schedule that is due. Every tick on time runs. Older ones, or such of a pause, were missed: where no
 * tick is on time, the last one is made up for if the catch-up window has room for it; the others are lost.
 */
export function planTicks(due: DueSchedule, onTimeMs: number): TickPlan {
  const { row, nowMs } = due;
  const timetable = timetableOf(row);
  const dueMs = row.next_fire_at?.getTime() ?? nowMs;
  const onTimeFromMs = Math.max(nowMs - onTimeMs, row.resumed_at?.getTime() ?? 0);
  const isLate = dueMs < onTimeFromMs;
  const onTime = { ticks: [] as number[], next: isLate ? nextTick(timetable, onTimeFromMs - 1) : dueMs };
  while (onTime.next !== undefined && onTime.next <= nowMs) {
    onTime.ticks.push(onTime.next);
    onTime.next = nextTick(timetable, onTime.next);
  }
  const missed = isLate ? Math.max(dueMs, lastTick(timetable, onTimeFromMs - 1) ?? dueMs) : undefined;
  const isMadeUp = missed !== undefined && onTime.ticks.length === 0 && nowMs - missed <= row.catch_up_ms;
  return {
    ticks: outcomesOf(due, isMadeUp ? [missed] : onTime.ticks),
    nextMs: onTime.next,
    missedMs: isMadeUp ? tickBefore(timetable, missed, dueMs) : missed,
  };
}

/** The one before a tick, if it is not before the first that was due. */
function tickBefore(timetable: Timetable, tickMs: number, firstMs: number): number | undefined {
  const before = lastTick(timetable, tickMs - 1);
  return before !== undefined && before >= firstMs ? before : undefined;
}

function outcomesOf({ row, ...due }: DueSchedule, nominal: readonly number[]): TickPlan["ticks"] {
  let { isRunning, isWaiting } = due;
  return nominal.map((nominalMs) => {
    if (row.overlap === "allow" || (!isRunning && !isWaiting)) {
      isRunning = true;
      return { nominalMs, outcome: "queued" };
    }
    if (row.overlap === "skip" || isWaiting) return { nominalMs, outcome: "skipped" };
    isWaiting = true;
    return { nominalMs, outcome: "waiting" };
  });
}
