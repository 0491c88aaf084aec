import { z } from "zod";
import { isStorable } from "./api/fields.ts";
import { LIMITS } from "./limits.ts";

/**
 * The functions of an author that belong to config variables. A bundle has them among its steps' functions, under names
 * that no flow can have; they are run as a step is: in a cell, under permissions, with the values so far as `config`.
 *
 * - `config:options`, by variable: its choices.
 * - `config:check`, by variable: its trigger's body is JSON of all values; `true`, or what is wrong with its own.
 */
export const CONFIG_FUNCTIONS = { options: "config:options", check: "config:check" } as const;
export type ConfigFunction = keyof typeof CONFIG_FUNCTIONS;

const text = (least: number) =>
  z
    .string()
    .min(least)
    .max(LIMITS.configChoiceCharacters)
    .refine(isStorable, "must hold neither NUL nor half of a surrogate pair");

/** As a function returns them: text, or a value with what people read for it. */
const givenChoices = z
  .array(
    z.union([text(0), z.object({ value: text(0), label: text(1).optional() })], {
      error: `must be text, or { value, label }, of at most ${LIMITS.configChoiceCharacters} characters each`,
    }),
    { error: "must be a list" },
  )
  .max(LIMITS.configChoices);

export const configChoiceSchema = z.object({ value: z.string(), label: z.string() });
export type ConfigChoice = z.output<typeof configChoiceSchema>;

/** Choices of which each value comes once, the first time that it does; or what is wrong with them. */
export function parseChoices(json: string): { choices: ConfigChoice[] } | { problem: string } {
  const parsed = givenChoices.safeParse(JSON.parse(json));
  if (!parsed.success) return { problem: describeIssue(parsed.error) };
  const choices = new Map<string, ConfigChoice>();
  for (const given of parsed.data) {
    const { value, label } = typeof given === "string" ? { value: given, label: given } : given;
    if (!choices.has(value)) choices.set(value, { value, label: label ?? value });
  }
  return { choices: [...choices.values()] };
}

function describeIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  const place = issue === undefined || issue.path.length === 0 ? "it" : z.core.toDotPath(issue.path);
  return `${place} ${issue?.code === "too_big" ? `has more than ${LIMITS.configChoices} choices` : (issue?.message ?? "is not a list")}`;
}

/** What a check said: undefined where it took the value. `null`: nothing that a check may say. */
export function parseCheckAnswer(json: string): string | undefined | null {
  const answer: unknown = JSON.parse(json);
  if (answer === true) return undefined;
  if (typeof answer !== "string" || answer.trim() === "") return null;
  return answer.toWellFormed().replaceAll("\0", "").slice(0, LIMITS.configRefusalCharacters);
}
