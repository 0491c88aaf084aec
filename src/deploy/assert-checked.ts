import { setValues } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import { EngineError } from "#contract/errors.ts";
import { firstDifference } from "#contract/first-difference.ts";
import type { JsonObject } from "#contract/json.ts";

/** What authors' checks have seen, as set, defaults not filled in. */
export interface CheckedValues {
  versionId: string;
  values: JsonObject;
}

/** The variables that have a check and a value for it. */
export function checkedVariables(definition: Definition, values: JsonObject): string[] {
  const config = setValues(definition, values);
  return Object.entries(definition.config)
    .filter(([key, variable]) => variable.check !== undefined && config[key] !== undefined)
    .map(([key]) => key);
}

/**
 * In the transaction that stores values, which their authors' checks saw before it (`config-checks.ts`).
 *
 * @throws EngineError `request/conflict` where these are others, `request/unprocessable` where no check has seen them
 */
export function assertChecked(
  checked: CheckedValues | undefined,
  stored: CheckedValues & { instanceId: string; definition: Definition },
): void {
  const { instanceId, definition, versionId, values } = stored;
  const variables = checkedVariables(definition, values);
  if (variables.length === 0) return;
  if (checked === undefined)
    throw new EngineError(
      "request/unprocessable",
      `Instance ${instanceId} has values that the integration's own checks must see (${variables.join(", ")}): deploy it by POST /api/v1/instances/${instanceId}/deploy, or millrace instances:deploy ${instanceId}`,
      { problems: variables.map((field) => ({ field, message: "is checked by the integration" })) },
    );
  if (checked.versionId === versionId && firstDifference(checked.values, values) === undefined) return;
  throw new EngineError(
    "request/conflict",
    `Instance ${instanceId} was changed while its values were checked; get it again and repeat your change`,
    { retryable: true },
  );
}
