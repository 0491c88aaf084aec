import { variablesInOrder } from "./config-variable.ts";
import { findValueProblem, listOf } from "./config-value.ts";
import type { Definition } from "./definition.ts";
import type { FieldProblem } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { checkScheduleValues } from "./schedule.ts";

/** What is wrong with values given for a version's config variables; empty where all fit. Missing ones are fine. */
export function checkConfigValues(definition: Definition, values: JsonObject): FieldProblem[] {
  const problems = Object.entries(values).flatMap(([key, value]) => {
    const variable = Object.hasOwn(definition.config, key) ? definition.config[key] : undefined;
    const message =
      variable === undefined
        ? `the version has no such variable; it has ${listOf(Object.keys(definition.config))}`
        : findValueProblem(variable, value);
    return message === undefined ? [] : [{ field: key, message }];
  });
  if (problems.length > 0) return problems;
  return checkScheduleValues(definition, resolveConfig(definition, values));
}

/** What a deploy with these values would lack: each required variable without a value or default, each connection. */
export function findMissing(definition: Definition, values: JsonObject): FieldProblem[] {
  const variables = variablesInOrder(definition.config)
    .filter(([key, variable]) => variable.required && variable.default === undefined && !isSet(values, key))
    .map(([key, variable]) => ({ field: key, message: `"${variable.label}" needs a value` }));
  const connections = Object.entries(definition.connections).map(([key, connection]) => ({
    field: key,
    message: `"${connection.label}" needs a credential`,
  }));
  return [...variables, ...connections];
}

/** The values that steps see: what was given, else the version's default, else null. */
export function resolveConfig(definition: Definition, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(definition.config).map(([key, variable]) => [
      key,
      isSet(values, key) ? (values[key] ?? null) : (variable.default ?? null),
    ]),
  );
}

/** The same without those that have none: what authors' functions of config variables see. */
export function setValues(definition: Definition, values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(resolveConfig(definition, values)).filter(([, value]) => value !== null),
  );
}

/** Values of variables that the version does not have or that have changed their type are left behind. */
export function keepFitting(definition: Definition, values: JsonObject): JsonObject {
  const unfit = new Set(checkConfigValues(definition, values).map(({ field }) => field));
  return Object.fromEntries(Object.entries(values).filter(([key]) => !unfit.has(key)));
}

function isSet(values: JsonObject, key: string): boolean {
  return Object.hasOwn(values, key) && values[key] !== null;
}
