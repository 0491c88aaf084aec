import type { ConfigVariable } from "#contract/config-variable.ts";
import { describeValue, isHidden } from "#contract/config-value.ts";
import { checkConfigValues, setValues } from "#contract/config-values.ts";
import type { Definition } from "#contract/definition.ts";
import type { JsonObject } from "#contract/json.ts";
import type { RequestInput, RequestResult } from "#contract/requests.ts";
import type { Db } from "#db/connect.ts";
import type { InstanceRow } from "#db/instances.ts";
import { checkedVariables } from "./assert-checked.ts";
import { invalidConfig } from "./deploy-instance.ts";
import { findGrant } from "./find-grant.ts";

/**
 * What authors' checks say of config values. A check runs in a worker's sandbox and may wait for somebody's server, so no
 * transaction waits for it: values are checked first, and stored where they and their version are still the same
 * (`assert-checked.ts`).
 */
export interface ConfigChecks {
  db: Db;
  /** Runs them in a sandbox. */
  checkConfig(
    organizationId: string,
    input: RequestInput<"check-config">,
  ): Promise<RequestResult<"check-config">>;
}

export interface Configuring {
  customerId: string;
  versionId: string;
  definition: Definition;
  /** As set, defaults not filled in. */
  values: JsonObject;
  /** Undefined where it is being made. */
  instance: InstanceRow | undefined;
}

/**
 * Values that do not fit their types are not shown to any check: whoever stores them refuses them.
 *
 * @throws EngineError `request/invalid` with what each check says, `step/config-failed` where one throws
 */
export async function assertChecksPass(
  { db, checkConfig }: ConfigChecks,
  organizationId: string,
  configuring: Configuring,
): Promise<void> {
  const { definition, values, versionId, customerId, instance } = configuring;
  if (checkConfigValues(definition, values).length > 0) return;
  const variables = checkedVariables(definition, values);
  if (variables.length === 0) return;
  const config = setValues(definition, values);
  const { permissions } = definition;
  const grants =
    instance === undefined
      ? permissions
      : await findGrant(db, organizationId, { instance, versionId, permissions });
  const input = { versionId, customerId, config, grants, variables };
  const { refused } = await checkConfig(organizationId, {
    ...(instance && { instanceId: instance.id }),
    ...input,
  });
  if (refused.length === 0) return;
  throw invalidConfig(
    refused.map(({ variable, message }) => ({
      field: variable,
      message: `is refused by the integration: ${message}${givenOf(definition.config[variable], config[variable])}`,
    })),
  );
}

function givenOf(variable: ConfigVariable | undefined, value: JsonObject[string] | undefined): string {
  return variable === undefined || isHidden(variable) ? "" : `; given was ${describeValue(value)}`;
}
