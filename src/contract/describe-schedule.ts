import cronstrue from "cronstrue";
import type { Timetable } from "./schedule.ts";

const UNITS = [
  { name: "day", ms: 86_400_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "minute", ms: 60_000 },
  { name: "second", ms: 1_000 },
] as const;

/** A timetable in words for a person: `At 03:00, Monday through Friday (Europe/Berlin)`. */
export function describeTimetable(timetable: Timetable): string {
  if ("everyMs" in timetable) return describeInterval(timetable.everyMs);
  const words = cronstrue.toString(timetable.cron, { use24HourTimeFormat: true, verbose: false });
  return `${words} (${timetable.timeZone})`;
}

function describeInterval(everyMs: number): string {
  const unit = UNITS.find(({ ms }) => everyMs % ms === 0);
  if (unit === undefined) return `Every ${everyMs} ms`;
  const count = everyMs / unit.ms;
  return count === 1 ? `Every ${unit.name}` : `Every ${count} ${unit.name}s`;
}
