import { z } from "zod";
import { id, timestamp } from "./fields.ts";

export const scheduleSummarySchema = z.object({
  state: z
    .enum(["on", "off", "paused"])
    .meta({ description: "off: the config variable that it takes its times from has no value" }),
  words: z.string().nullable().meta({ description: "The timetable in words" }),
  nextRun: timestamp.nullable(),
});
export type ScheduleSummary = z.output<typeof scheduleSummarySchema>;

export const scheduleSchema = scheduleSummarySchema
  .extend({
    flowId: id,
    cron: z.string().nullable(),
    timeZone: z.string().nullable(),
    everyMs: z.int().nullable(),
    overlap: z.enum(["skip", "queue-one", "allow"]),
    catchUpMs: z.int(),
    nextRuns: z.array(timestamp).meta({ description: "The next five, if nothing is paused or changed" }),
    lastMissed: timestamp.nullable().meta({ description: "The last tick that was not made up for" }),
    ticks: z
      .array(
        z.object({
          nominalAt: timestamp,
          firedAt: timestamp,
          outcome: z
            .enum(["queued", "waiting", "skipped"])
            .meta({ description: "waiting, skipped: an earlier execution of the schedule had not ended" }),
          executionId: id.nullable(),
        }),
      )
      .meta({ description: "Of the last day, newest first, at most 20" }),
  })
  .meta({ id: "Schedule" });
export type FlowSchedule = z.output<typeof scheduleSchema>;
