import type { Json } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import type { StoredStep } from "#db/step-results.ts";
import type { Scrub } from "#vault/create-scrubber.ts";

const MESSAGE_CHARACTERS = 500;

/** The line that a reader of the history sees: "201 from ledger.example, 3 entries, 412 ms". */
export function summarize(step: StoredStep): string {
  if (step.outcome === "kept") return "kept from the execution that this one resumes";
  const last = step.fetches?.last;
  const parts = [
    last === undefined ? undefined : `${last.status} from ${last.host}`,
    shapeOf(step.output),
    `${Math.round(step.runMs)} ms`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

/** How much an output holds, in words without its content. Undefined for a large one: parsing it is not worth it. */
function shapeOf(output: string | undefined): string | undefined {
  if (output === undefined || output === "null") return "no output";
  if (output.length > LARGE_CHARACTERS) return `${Math.round(output.length / 1024)} kB`;
  const value = readJson(output);
  if (Array.isArray(value)) return count(value.length, "entry", "entries");
  if (typeof value === "object" && value !== null) return count(Object.keys(value).length, "field", "fields");
  return typeof value === "string" ? count(value.length, "character", "characters") : typeof value;
}

/** A cell says that it is JSON; one that an author had broken out of may say anything. */
function readJson(output: string): Json {
  try {
    return JSON.parse(output) as Json; // whatever JSON.parse returns is JSON
  } catch {
    return output;
  }
}
const LARGE_CHARACTERS = 64 * 1024;

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * The beginning of an output for the reader of the history: scrubbed, at most `LIMITS.previewBytes` with its mark.
 * Scrubbed whole before it is cut, since half a secret would not be known for one; so a large output has none.
 */
export function previewOf(output: string | undefined, scrub: Scrub): string | undefined {
  if (output === undefined || output.length > LARGE_CHARACTERS) return undefined;
  const text = scrub(output);
  return Buffer.byteLength(text) <= LIMITS.previewBytes
    ? text
    : `${cutBytes(text, LIMITS.previewBytes - 3)}…`;
}

function cutBytes(text: string, bytes: number): string {
  // `stream` keeps back a character that the cut has halved.
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}

/** What the history may say of a failure: the author's message holds data, so only where previews may. */
export function failureMessage(step: StoredStep, previews: boolean): string {
  const { error } = step;
  const message = previews
    ? (error?.message ?? step.outcome)
    : `${publicName(error?.name) ?? step.outcome}; its message is kept with the execution in Millrace`;
  return message.length <= MESSAGE_CHARACTERS ? message : `${message.slice(0, MESSAGE_CHARACTERS - 1)}…`;
}

/** A class's name, as far as it looks like one: authors may put anything into `error.name`. */
function publicName(name: string | undefined): string | undefined {
  return name !== undefined && /^[A-Z][A-Za-z]{0,39}$/.test(name) ? name : undefined;
}

/**
 * The author's frames, where previews may be shown; never the message again, which a stack begins with. Ours say
 * nothing about the step.
 */
export function failureStack(step: StoredStep, previews: boolean): string {
  const lines = previews ? (step.error?.stack ?? "").split("\n") : [];
  return lines
    .filter((line) => FRAME.test(line))
    .slice(0, FRAMES_SHOWN)
    .join("\n");
}
const FRAME = /^\s+at .{1,200}$/;
const FRAMES_SHOWN = 10;
