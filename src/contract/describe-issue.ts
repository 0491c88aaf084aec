import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** So begin zod's own words; others are a schema's, which knows better. */
const WORDS_OF_ZOD = /^(Invalid|Too big|Too small|Unrecognized)\b/;

const TYPES: Record<string, string> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
  record: "an object",
};

/** What zod refused, as what is expected there. `input` is all that was checked: an issue does not hold it. */
export function describeIssue(issue: Issue, input: unknown): string {
  const words = wordsOf(issue);
  return issue.code !== "custom" && valueAt(input, issue.path) === undefined ? `is needed: ${words}` : words;
}

function wordsOf(issue: Issue): string {
  return WORDS_OF_ZOD.test(issue.message) ? expectationOf(issue) : issue.message;
}

function expectationOf(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "too_big":
      return `must ${sized(issue.origin, `at most ${issue.maximum}`)}`;
    case "too_small":
      return issue.origin === "string" && Number(issue.minimum) === 1
        ? "must not be empty"
        : `must ${sized(issue.origin, `at least ${issue.minimum}`)}`;
    case "invalid_key":
      return `as a name ${issue.issues.map(wordsOf).join(", ")}`;
    case "unrecognized_keys":
      return `has no field ${issue.keys.join(", ")}: leave it out, or correct its name`;
    case "invalid_union":
      return expectationOfUnion(issue);
    default:
      return issue.message;
  }
}

function expectationOfUnion({ errors, ...issue }: z.core.$ZodIssueInvalidUnion): string {
  const options = "options" in issue ? (issue.options ?? []) : [];
  if (options.length > 0) return `must be one of ${options.map(String).join(", ")}`;
  // Of each alternative what is wrong with it first.
  const words = new Set(errors.flatMap(([first]) => (first === undefined ? [] : [wordsOf(first)])));
  return words.size === 0 ? issue.message : [...words].join(", or ");
}

function sized(origin: string, bound: string): string {
  if (origin === "string") return `have ${bound} characters`;
  return origin === "array" ? `have ${bound} items` : `be ${bound}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key] // just checked
        : undefined,
    input,
  );
}
