import { Cron } from "croner";
import { findCronProblem } from "./cron.ts";
import type { Definition } from "./definition.ts";
import type { FieldProblem } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { isTimeZone, type ScheduleTrigger } from "./trigger.ts";

/**
 * When the ticks of a schedule are. A tick is known by its nominal time, in milliseconds since the epoch.
 *
 * 1. A tick follows from the timetable and an instant alone: every process that asks gets the same one.
 * 2. Daylight saving: a cron expression that names its hour runs once a day: what falls into the missing hour comes at
 *    the first time after it, what falls into the doubled hour comes once. One whose hour or minute is a star or a
 *    step goes by the time that passes: through a doubled hour it runs twice, as often as the clock shows it.
 * 3. An interval is a grid from 1970-01-01T00:00Z on: no daylight saving, and the same grid after a restart.
 */
export type Timetable = { cron: string; timeZone: string } | { everyMs: number };

export interface Schedule {
  timetable: Timetable;
  overlap: ScheduleTrigger["overlap"];
  catchUpMs: number;
}

interface Compiled {
  cron: Cron;
  /** The last question and its answer: many instances of one integration ask it at the same time. */
  asked?: { afterMs: number; next: number | undefined };
}

/** Compiling an expression costs as much as asking it; instances of one integration share theirs. */
const compiled = new Map<string, Compiled>();
const COMPILED_KEPT = 2_000;

/** The first tick after an instant; undefined where there is none, as on a 30th of February. */
export function nextTick(timetable: Timetable, afterMs: number): number | undefined {
  if ("everyMs" in timetable) return (Math.floor(afterMs / timetable.everyMs) + 1) * timetable.everyMs;
  const known = compile(timetable);
  if (known.asked?.afterMs === afterMs) return known.asked.next;
  // Croner reads whole seconds, and a tick at the very instant is not after it.
  const next = known.cron.nextRun(new Date(Math.floor(afterMs / 1_000) * 1_000))?.getTime();
  known.asked = { afterMs, next };
  return next;
}

/** The last tick at or before an instant. */
export function lastTick(timetable: Timetable, atMs: number): number | undefined {
  if ("everyMs" in timetable) return Math.floor(atMs / timetable.everyMs) * timetable.everyMs;
  const afterMs = (Math.floor(atMs / 1_000) + 1) * 1_000;
  return compile(timetable).cron.previousRuns(1, new Date(afterMs))[0]?.getTime();
}

export function nextTicks(timetable: Timetable, afterMs: number, count: number): number[] {
  const ticks: number[] = [];
  for (let at = nextTick(timetable, afterMs); at !== undefined; at = nextTick(timetable, at)) {
    ticks.push(at);
    if (ticks.length === count) break;
  }
  return ticks;
}

export type ResolvedSchedule =
  | { type: "on"; schedule: Schedule }
  /** A config variable that it takes its times from has no value. */
  | { type: "off"; variable: string }
  | { type: "wrong"; problems: FieldProblem[] };

/** The schedule of a trigger in an instance with these config values. */
export function resolveSchedule(trigger: ScheduleTrigger, config: JsonObject): ResolvedSchedule {
  const { timetable, timeZone, overlap, catchUpMs } = trigger;
  if ("everyMs" in timetable)
    return { type: "on", schedule: { timetable: { everyMs: timetable.everyMs }, overlap, catchUpMs } };
  const cron = readText(timetable.cron, config);
  const zone = readText(timeZone, config);
  if (cron.text === "") return { type: "off", variable: cron.field };
  if (zone.text === "") return { type: "off", variable: zone.field };
  const problems = [
    ...problemOf(cron.field, cronProblem(cron.text)),
    ...problemOf(zone.field, zoneProblem(zone.text)),
  ];
  if (problems.length > 0) return { type: "wrong", problems };
  return {
    type: "on",
    schedule: { timetable: { cron: cron.text, timeZone: zone.text }, overlap, catchUpMs },
  };
}

/** What is wrong with the values that a version's schedules take from config variables. */
export function checkScheduleValues(definition: Definition, values: JsonObject): FieldProblem[] {
  const problems = definition.flows.flatMap(({ trigger }) => {
    const resolved = trigger.type === "schedule" ? resolveSchedule(trigger, values) : undefined;
    return resolved?.type === "wrong" ? resolved.problems : [];
  });
  return [...new Map(problems.map((problem) => [problem.field, problem])).values()];
}

function compile({ cron, timeZone }: { cron: string; timeZone: string }): Compiled {
  const name = `${timeZone} ${cron}`;
  const known = compiled.get(name);
  if (known !== undefined) return known;
  if (compiled.size >= COMPILED_KEPT) compiled.clear();
  // "no-wildcard": a list or range of hours keeps to the clock on the wall, like a single hour.
  const options = {
    timezone: timeZone,
    mode: "5-part",
    sloppyRanges: true,
    fixedTimeRule: "no-wildcard",
  } as const;
  const made = { cron: new Cron(cron, options) };
  compiled.set(name, made);
  return made;
}

function readText(value: string | { config: string }, config: JsonObject): { field: string; text: string } {
  if (typeof value === "string") return { field: "trigger", text: value };
  const found = config[value.config];
  return { field: value.config, text: typeof found === "string" ? found.trim() : "" };
}

function problemOf(field: string, message: string | undefined): FieldProblem[] {
  return message === undefined ? [] : [{ field, message }];
}

function cronProblem(cron: string): string | undefined {
  if (cron.length > LIMITS.cronCharacters) return `must have at most ${LIMITS.cronCharacters} characters`;
  return findCronProblem(cron);
}

function zoneProblem(zone: string): string | undefined {
  if (isTimeZone(zone)) return undefined;
  return `must be a time zone of the IANA database, such as Europe/Berlin, not "${zone.slice(0, 100)}"`;
}
