import { z } from "zod";
import { isStorable } from "./api/fields.ts";
import { assertNever } from "./assert-never.ts";
import { type ConfigVariable, OF_FUNCTION } from "./config-variable.ts";
import { findCronProblem } from "./cron.ts";
import type { Json } from "./json.ts";
import { LIMITS } from "./limits.ts";

const date = z.iso.date();
const timestamp = z.iso.datetime({ offset: true });
const SHOWN_CHARACTERS = 60;

/** In the words for who may see the value, and for who may not. */
interface Words {
  shown: string;
  hidden: string;
}
type Problem = Words | undefined;

/**
 * What is wrong with one value of a variable: what it must be, and what was given; not that where the variable is
 * hidden from the customer's people, whom the words may reach.
 */
export function findValueProblem(variable: ConfigVariable, value: Json): string | undefined {
  const problem = problemOf(variable, value);
  return isHidden(variable) ? problem?.hidden : problem?.shown;
}

export function isHidden({ visibleTo }: ConfigVariable): boolean {
  return visibleTo === "organization";
}

function problemOf(variable: ConfigVariable, value: Json): Problem {
  switch (variable.type) {
    case "string":
    case "text":
      return textProblem(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value) ? undefined : mustBe("a number", value);
    case "boolean":
      return typeof value === "boolean" ? undefined : mustBe("true or false", value);
    case "date":
      return formatProblem(value, { format: date, what: "a date such as 2026-11-24" });
    case "timestamp":
      return formatProblem(value, {
        format: timestamp,
        what: "a timestamp with its offset, such as 2026-11-24T19:55:00Z",
      });
    case "picklist":
      return picklistProblem(variable.options, value);
    case "code":
      return typeof value === "string"
        ? (textProblem(value) ?? codeProblem(variable.language, value))
        : mustBe("text", value);
    case "schedule":
      return typeof value === "string" ? scheduleProblem(value.trim()) : mustBe("a cron expression", value);
    case "list":
      return listProblem(value, (item) => itemProblem(variable.items, item));
    case "key-value-list":
      return listProblem(value, pairProblem);
    default:
      return assertNever(variable);
  }
}

/** Whether its values are text. */
export function isText({ type }: ConfigVariable): boolean {
  return type !== "number" && type !== "boolean" && type !== "list" && type !== "key-value-list";
}

export function listOf(words: readonly string[]): string {
  if (words.length === 0) return "none";
  const shown = words.slice(0, 20).map((word) => `"${word.slice(0, 100)}"`);
  return words.length > shown.length
    ? `${shown.join(", ")} and ${words.length - shown.length} more`
    : shown.join(", ");
}

function textProblem(value: Json | undefined): Problem {
  if (typeof value !== "string") return mustBe("text", value);
  if (value.length > LIMITS.configTextCharacters)
    return plainly(`must have at most ${LIMITS.configTextCharacters} characters, it has ${value.length}`);
  return isStorable(value)
    ? undefined
    : plainly("must hold neither NUL nor half of a surrogate pair; remove it");
}

/** Fetched choices change while nothing is saved: what was chosen stays, whatever is offered today. */
function picklistProblem(options: readonly string[] | typeof OF_FUNCTION, value: Json): Problem {
  if (options === OF_FUNCTION)
    return typeof value === "string" && value.length > LIMITS.configChoiceCharacters
      ? plainly(`must have at most ${LIMITS.configChoiceCharacters} characters, it has ${value.length}`)
      : textProblem(value);
  return typeof value === "string" && options.includes(value)
    ? undefined
    : mustBe(`one of ${listOf(options)}`, value);
}

function formatProblem(value: Json, { format, what }: { format: z.ZodType; what: string }): Problem {
  return format.safeParse(value).success ? undefined : mustBe(what, value);
}

function codeProblem(language: string, value: string): Problem {
  if (language.toLowerCase() !== "json") return undefined;
  try {
    JSON.parse(value);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { shown: `must be JSON: ${why}`, hidden: "must be JSON" };
  }
}

function scheduleProblem(cron: string): Problem {
  if (cron.length > LIMITS.cronCharacters)
    return plainly(`must have at most ${LIMITS.cronCharacters} characters`);
  const shown = findCronProblem(cron);
  return shown === undefined ? undefined : { shown, hidden: "must be a cron expression" };
}

function listProblem(value: Json, problemOfItem: (item: Json) => Problem): Problem {
  if (!Array.isArray(value)) return mustBe("a list", value);
  if (value.length > LIMITS.configListItems)
    return plainly(`must have at most ${LIMITS.configListItems} items, it has ${value.length}`);
  for (const [index, item] of value.entries()) {
    const problem = problemOfItem(item);
    if (problem !== undefined) return behind(`item ${index + 1}`, problem);
  }
  return undefined;
}

function itemProblem(items: "string" | "number" | "boolean", item: Json): Problem {
  if (items === "string") return textProblem(item);
  if (items === "number") return typeof item === "number" ? undefined : mustBe("a number", item);
  return typeof item === "boolean" ? undefined : mustBe("true or false", item);
}

function pairProblem(item: Json): Problem {
  if (typeof item !== "object" || item === null || Array.isArray(item))
    return mustBe('an object such as {"key": "a", "value": "b"}', item);
  const other = Object.keys(item).find((name) => name !== "key" && name !== "value");
  if (other !== undefined) {
    const allowed = 'it may have "key" and "value" alone';
    return {
      shown: `has "${other.slice(0, 100)}"; ${allowed}`,
      hidden: `has another property; ${allowed}`,
    };
  }
  const key = textProblem(item["key"]);
  if (key !== undefined) return behind('"key"', key);
  if (item["key"] === "") return plainly('"key" must not be empty');
  const given = textProblem(item["value"]);
  return given === undefined ? undefined : behind('"value"', given);
}

function mustBe(what: string, value: Json | undefined): Words {
  return { shown: `must be ${what}, not ${describeValue(value)}`, hidden: `must be ${what}` };
}

function plainly(text: string): Words {
  return { shown: text, hidden: text };
}

function behind(place: string, { shown, hidden }: Words): Words {
  return { shown: `${place} ${shown}`, hidden: `${place} ${hidden}` };
}

/** `text ("abc")`: its kind, and as much of it as a sentence bears. */
export function describeValue(value: Json | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  const kind = typeof value === "string" ? "text" : `a ${typeof value}`;
  const text = JSON.stringify(value);
  return `${kind} (${text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text})`;
}
