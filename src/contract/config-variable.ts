import { z } from "zod";
import { LIMITS } from "./limits.ts";

/**
 * A config variable as a version declares it. Its values are JSON: text for all types but number, boolean and the two
 * lists. `config-values.ts` checks them, `config-schema.ts` describes them for a form.
 */
const name = z.string().min(1).max(LIMITS.nameCharacters);

/** In place of data: the bundle has a function for it (`config-functions.ts`). */
export const OF_FUNCTION = "function";

const configBase = {
  label: name,
  help: z.string().max(LIMITS.descriptionCharacters).optional(),
  required: z.boolean().default(true),
  /** Who is shown it; everyone where it is left out. `organization` hides it from the customer's own people. */
  visibleTo: z.enum(["everyone", "organization"]).optional(),
  /** Title of the page of the form that it stands on; variables without one come first, together. */
  page: name.optional(),
  /** Set where the author's own check looks at each value, after its type's. */
  check: z.literal(OF_FUNCTION).optional(),
  /** Its place among the variables: `parseDefinition` sets it, as the keys of a stored definition have no order. */
  order: z.int().min(0).optional(),
};

const LIST_ITEMS = ["string", "number", "boolean"] as const;
const pair = z.strictObject({ key: z.string(), value: z.string() });

function variable<const Type extends string, Value extends z.ZodType>(type: Type, value: Value) {
  return z.strictObject({ type: z.literal(type), ...configBase, default: value.optional() });
}

export const configVariableSchema = z.discriminatedUnion("type", [
  /** One line. */
  variable("string", z.string()),
  /** Several lines. */
  variable("text", z.string()),
  variable("number", z.number()),
  variable("boolean", z.boolean()),
  /** `2026-11-24`. */
  variable("date", z.string()),
  /** RFC 3339 with an offset: `2026-11-24T19:55:00Z`. */
  variable("timestamp", z.string()),
  /** One of a list; of `function` the choices are fetched for an instance when they are asked for. */
  variable("picklist", z.string()).extend({
    options: z.union([z.array(z.string()).min(1).max(LIMITS.configChoices), z.literal(OF_FUNCTION)]),
  }),
  /** Text in a language; `json` must parse, other languages are not looked into. */
  variable("code", z.string()).extend({ language: z.string().min(1).max(50).default("json") }),
  /** A cron expression, for `cron({ config: "…" })`. */
  variable("schedule", z.string()),
  variable("list", z.array(z.union([z.string(), z.number(), z.boolean()]))).extend({
    items: z.enum(LIST_ITEMS).default("string"),
  }),
  /** In order; a key may come again. */
  variable("key-value-list", z.array(pair)),
]);
export type ConfigVariable = z.output<typeof configVariableSchema>;

/** In the author's order, which the keys of a stored definition have lost. */
export function variablesInOrder(config: Record<string, ConfigVariable>): [key: string, ConfigVariable][] {
  return Object.entries(config).toSorted(([, one], [, other]) => (one.order ?? 0) - (other.order ?? 0));
}
