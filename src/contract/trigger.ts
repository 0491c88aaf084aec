import { z } from "zod";
import { findCronProblem } from "./cron.ts";
import { LIMITS } from "./limits.ts";
import { webhookTriggerSchema } from "./webhook.ts";

/** What begins an execution of a flow, as the integration declares it. */
const variable = z.strictObject({
  /** The config variable, by key, in which an instance has the value. */
  config: z.string().min(1).max(63),
});

const cronText = z
  .string()
  .max(LIMITS.cronCharacters)
  .superRefine((text, context) => {
    const message = findCronProblem(text);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

const timeZoneName = z
  .string()
  .min(1)
  .max(64)
  .refine(isTimeZone, "is no time zone of the IANA database, such as Europe/Berlin");

/**
 * When a schedule is due: by a cron expression, or each `everyMs` on a grid that begins at 1970-01-01T00:00Z.
 * Either may be a config variable's value, so that each instance has its own.
 */
const timetableSchema = z.union(
  [
    z.strictObject({ cron: z.union([cronText, variable]) }),
    z.strictObject({ everyMs: z.int().min(LIMITS.scheduleIntervalMs).max(LIMITS.scheduleIntervalMaxMs) }),
  ],
  {
    error: `must be { cron: "<five fields>" }, { cron: { config: "<variable>" } } or { everyMs } of at least ${LIMITS.scheduleIntervalMs}`,
  },
);

export const scheduleTriggerSchema = z.strictObject({
  type: z.literal("schedule"),
  timetable: timetableSchema,
  /** In which the cron expression is read: a name of the IANA database. */
  timeZone: z.union([timeZoneName, variable]).default("UTC"),
  /**
   * What a tick does while an earlier execution of the schedule is not finished: it is left out, waits (one of
   * them, the others are left out), or runs beside it.
   */
  overlap: z.enum(["skip", "queue-one", "allow"]).default("skip"),
  /**
   * Of the ticks missed while nothing could run them (an outage, a pause), the last one is made up for if it is no
   * older than this. 0: none is.
   */
  catchUpMs: z.int().min(0).max(LIMITS.scheduleCatchUpMaxMs).default(LIMITS.scheduleCatchUpMs),
});
export type ScheduleTrigger = z.output<typeof scheduleTriggerSchema>;

/** Runs when an instance is deployed, each time; or, with `on: "delete"`, before it is deleted. */
export const deployTriggerSchema = z.strictObject({
  type: z.literal("deploy"),
  on: z.enum(["deploy", "delete"]).default("deploy"),
});
export type DeployTrigger = z.output<typeof deployTriggerSchema>;

/** Started by a step of another flow of the instance, and by nothing else. */
export const callTriggerSchema = z.strictObject({ type: z.literal("call") });

export const triggerSchema = z.discriminatedUnion("type", [
  webhookTriggerSchema,
  scheduleTriggerSchema,
  deployTriggerSchema,
  callTriggerSchema,
]);
export type Trigger = z.output<typeof triggerSchema>;

export function isTimeZone(name: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions();
    return !/^[+-]/.test(timeZone); // an offset has no daylight saving: a name is asked for
  } catch {
    return false; // what the constructor throws for an unknown name
  }
}
