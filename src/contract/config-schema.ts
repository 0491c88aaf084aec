import { assertNever } from "./assert-never.ts";
import { type ConfigVariable, OF_FUNCTION, variablesInOrder } from "./config-variable.ts";
import type { Definition } from "./definition.ts";
import { isHidden } from "./config-value.ts";
import { LIMITS } from "./limits.ts";

type Schema = Record<string, unknown>;

/** Whose form is drawn: the organization sees all, the customer's people what is not hidden from them. */
export const AUDIENCES = ["organization", "customer"] as const;
export type Audience = (typeof AUDIENCES)[number];

const TEXT = { type: "string", maxLength: LIMITS.configTextCharacters };

/**
 * The config values of a version as JSON Schema 2020-12, from which a form can be drawn. Hints for it stand under
 * `x-millrace`: the variable's type, its place in the form, who is shown it, the language of code, whether its choices
 * are fetched for the instance (`GET /instances/{id}/config/{variable}/options`) and its author checks it. `required` names
 * what a deploy asks for; a draft may lack it. For the customer's people what is hidden from them is left out. What a schema cannot say, such as that a cron expression is one, the
 * server checks when values are saved.
 */
export function configSchemaOf(
  { key, name, config }: Definition,
  audience: Audience = "organization",
): Schema {
  const variables = variablesInOrder(config).filter(
    ([, variable]) => audience === "organization" || !isHidden(variable),
  );
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: name,
    type: "object",
    properties: Object.fromEntries(
      variables.map(([variableKey, variable], index) => [variableKey, variableSchema(variable, index)]),
    ),
    required: variables
      .filter(([, variable]) => variable.required && variable.default === undefined)
      .map(([variableKey]) => variableKey),
    additionalProperties: false,
    "x-millrace": {
      integration: key,
      pages: [...new Set(variables.map(([, variable]) => variable.page ?? null))],
    },
  };
}

function variableSchema(variable: ConfigVariable, order: number): Schema {
  const { type, label, help, page = null, visibleTo = "everyone" } = variable;
  return {
    ...valueSchema(variable),
    title: label,
    ...(help !== undefined && { description: help }),
    ...(variable.default !== undefined && { default: variable.default }),
    "x-millrace": {
      type,
      order,
      page,
      visibleTo,
      ...(variable.type === "code" && { language: variable.language }),
      ...(variable.type === "picklist" && {
        choices: variable.options === OF_FUNCTION ? "fetched" : "fixed",
      }),
      ...(variable.check !== undefined && { checked: true }),
    },
  };
}

function valueSchema(variable: ConfigVariable): Schema {
  switch (variable.type) {
    case "string":
    case "text":
      return TEXT;
    case "schedule":
      return { type: "string", maxLength: LIMITS.cronCharacters };
    case "number":
    case "boolean":
      return { type: variable.type };
    case "date":
      return { type: "string", format: "date" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    case "picklist":
      return variable.options === OF_FUNCTION
        ? { type: "string", maxLength: LIMITS.configChoiceCharacters }
        : { type: "string", enum: variable.options };
    case "code":
      return {
        ...TEXT,
        ...(variable.language.toLowerCase() === "json" && { contentMediaType: "application/json" }),
      };
    case "list":
      return listOf(variable.items === "string" ? TEXT : { type: variable.items });
    case "key-value-list":
      return listOf({
        type: "object",
        properties: { key: { ...TEXT, minLength: 1 }, value: TEXT },
        required: ["key", "value"],
        additionalProperties: false,
      });
    default:
      return assertNever(variable);
  }
}

function listOf(items: Schema): Schema {
  return { type: "array", maxItems: LIMITS.configListItems, items };
}
