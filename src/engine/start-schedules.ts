import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { LIMITS } from "#contract/limits.ts";
import { nextTick } from "#contract/schedule.ts";
import type { Db } from "#db/connect.ts";
import type { HintSender } from "#db/hints.ts";
import { fireDueSchedules, type NewTick, releaseWaiting, rewindSchedules } from "#db/schedule-ticks.ts";
import { timetableOf } from "#db/schedules.ts";
import { planTicks } from "./plan-ticks.ts";
import { repeat } from "./repeat.ts";

/**
 * Turns what is due into queued executions. Every worker does it, none of them leads: they share the due schedules
 * by row locks. Who is behind goes on at once, batch after batch, and rests between two batches for as long as the
 * last one took, so that webhooks get the database as well: that is how a full minute is spread.
 *
 * Postgres away: it tries again; the ticks are on time for `LIMITS.scheduleOnTimeMs`, then the catch-up window counts.
 */
export interface SchedulesOptions {
  db: Db;
  hints: Pick<HintSender, "send">;
  log: Logger;
}

/** A clock this far ahead of the last tick has been set back; less is the rounding of a slow one. */
const AHEAD_MS = 60_000;
const REWIND_EVERY_MS = 60_000;

export function startSchedules(options: SchedulesOptions): { stop(): Promise<void> } {
  let rewoundAt = Number.NEGATIVE_INFINITY;
  return repeat({
    everyMs: LIMITS.pollMs,
    firstAfterMs: 0,
    task: async (signal) => {
      if (performance.now() - rewoundAt > REWIND_EVERY_MS) {
        await rewind(options);
        rewoundAt = performance.now();
      }
      await fireSchedules(options, signal);
    },
    onError: (error) => options.log.error({ err: error }, "schedules could not be run; trying again"),
  });
}

/** All that is due at present. Returns how many executions that made. */
export async function fireSchedules(options: SchedulesOptions, signal: AbortSignal): Promise<number> {
  const { db, hints } = options;
  let executions = 0;
  while (!signal.aborted) {
    const began = performance.now();
    const fired = await fireDueSchedules(db, {
      limit: LIMITS.scheduleBatch,
      plan: (due) => planTicks(due, LIMITS.scheduleOnTimeMs),
      payloadOf,
    });
    executions += fired.executions;
    for (const shard of fired.shards) hints.send("millrace_queue", String(shard));
    if (fired.schedules < LIMITS.scheduleBatch) break;
    // Rejects only when stopped.
    await wait(performance.now() - began, undefined, { signal }).catch(() => {});
  }
  for (const shard of await releaseWaiting(db, LIMITS.scheduleBatch))
    hints.send("millrace_queue", String(shard));
  return executions;
}

async function rewind({ db, log }: SchedulesOptions): Promise<void> {
  const schedules = await rewindSchedules(db, {
    aheadMs: AHEAD_MS,
    next: (row, afterMs) => nextTick(timetableOf(row), afterMs),
  });
  if (schedules > 0)
    log.warn({ schedules }, "the database's clock was set back: schedules go on from its present time");
}

/** What a step reads as its trigger's body. */
function payloadOf({ row, nominalMs }: NewTick): Buffer {
  const scheduledFor = new Date(nominalMs).toISOString();
  return Buffer.from(JSON.stringify({ scheduledFor, timeZone: row.time_zone ?? "UTC" }));
}
