import { z } from "zod";
import { configChoiceSchema } from "../config-functions.ts";
import type { JsonObject } from "../json.ts";
import { id, storable, timestamp } from "./fields.ts";

export const configOptionsParams = z.strictObject({ id, variable: storable.min(1).max(63) });

export const configOptionsQuery = z.strictObject({
  values: storable
    .max(10_000)
    .default("{}")
    .transform((text, context): JsonObject => {
      const values = parseObject(text);
      if (values !== undefined) return values;
      context.addIssue({
        code: "custom",
        message: 'must be a JSON object of values, such as {"region":"eu"}',
      });
      return z.NEVER;
    })
    .meta({ description: "Values that are not saved yet, beside the saved ones: a JSON object by variable" }),
});

function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as JsonObject) : undefined; // made by JSON.parse
  } catch {
    return undefined; // told by the caller
  }
}

export const choicesSchema = z
  .object({
    items: z.array(configChoiceSchema.meta({ id: "ConfigChoice" })),
    fetchedAt: timestamp,
  })
  .meta({ id: "ConfigChoices" });
export type ConfigChoices = z.output<typeof choicesSchema>;
