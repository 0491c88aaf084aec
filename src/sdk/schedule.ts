import type { DefinitionInput } from "#contract/definition.ts";
import { declared } from "./declared.ts";

type ScheduleTriggerInput = Extract<DefinitionInput["flows"][number]["trigger"], { type: "schedule" }>;
type Timetable = ScheduleTriggerInput["timetable"];

/** What may be said of a schedule beside its times. */
export type ScheduleOptions = Pick<ScheduleTriggerInput, "overlap" | "catchUpMs">;

/** A config variable that holds the value, by its key: each instance then has its own. */
export interface FromConfig {
  config: string;
}

/**
 * A trigger by the clock: `cron("0 3 * * *", { timeZone: "Europe/Berlin" })` runs each night at three, summer and
 * winter. Five fields: minute, hour, day of the month, month, day of the week. `cron({ config: "when" })` takes
 * the expression from a config variable.
 */
export function cron(
  expression: string | FromConfig,
  options: ScheduleOptions & Pick<ScheduleTriggerInput, "timeZone"> = {},
): ScheduleTriggerInput {
  return declared({ type: "schedule", timetable: { cron: expression }, ...options });
}

/** A trigger each so many minutes, hours or days: `every({ minutes: 15 })`. */
export function every(
  interval: { minutes: number } | { hours: number } | { days: number },
  options: ScheduleOptions = {},
): ScheduleTriggerInput {
  const minutes =
    "minutes" in interval
      ? interval.minutes
      : "hours" in interval
        ? interval.hours * 60
        : interval.days * 24 * 60;
  const timetable: Timetable = { everyMs: minutes * 60_000 };
  return declared({ type: "schedule", timetable, ...options });
}
