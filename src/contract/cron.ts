/**
 * A cron expression of five fields, as crontab(5) has them: minute, hour, day of the month, month, day of the week.
 * Each is a star or a list of numbers and ranges, each with a step where wanted; months and days may be named.
 * Days of the week go from 0 to 7, both of which are Sunday.
 */
interface Field {
  name: string;
  min: number;
  max: number;
  /** Names in order, the first for `min`. */
  names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: "minute", min: 0, max: 59, names: [] },
  { name: "hour", min: 0, max: 23, names: [] },
  { name: "day of the month", min: 1, max: 31, names: [] },
  { name: "month", min: 1, max: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") },
  { name: "day of the week", min: 0, max: 7, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
];

const PART = /^(?:\*|([0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?)(?:\/([0-9]{1,2}))?$/i;

/** What is wrong with an expression, in a sentence that goes on from its name; undefined where nothing is. */
export function findCronProblem(expression: string): string | undefined {
  const texts = expression.trim().split(/\s+/);
  if (texts.length !== FIELDS.length || expression.trim() === "")
    return `must have five fields (minute hour day month weekday), "${expression}" has ${expression.trim() === "" ? 0 : texts.length}`;
  for (const [index, field] of FIELDS.entries()) {
    const text = texts[index] ?? "";
    const bad = text.split(",").find((part) => !isPart(part, field));
    if (bad !== undefined)
      return `has a ${field.name} "${bad}" that is no number from ${field.min} to ${field.max}, range or step`;
  }
  return undefined;
}

function isPart(part: string, field: Field): boolean {
  const match = PART.exec(part);
  if (match === null) return false;
  const [, from, to, step] = match;
  if (step !== undefined && Number(step) < 1) return false;
  if (from === undefined) return true;
  const first = valueOf(from, field);
  const last = to === undefined ? first : valueOf(to, field);
  return first !== undefined && last !== undefined && first <= last;
}

function valueOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? min + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}
