import { hash } from "node:crypto";
import type { ConfigChoice } from "#contract/config-functions.ts";
import { OF_FUNCTION } from "#contract/config-variable.ts";
import { checkConfigValues, setValues } from "#contract/config-values.ts";
import { EngineError } from "#contract/errors.ts";
import type { JsonObject } from "#contract/json.ts";
import { LIMITS } from "#contract/limits.ts";
import type { RequestInput } from "#contract/requests.ts";
import type { InstanceRow } from "#db/instances.ts";
import type { ConfigChecks } from "#deploy/config-checks.ts";
import { invalidConfig } from "#deploy/deploy-instance.ts";
import { findGrant } from "#deploy/find-grant.ts";
import { BoundedMap } from "#vault/bounded-map.ts";
import type { ApiParts } from "./api-parts.ts";
import { askWorker } from "./ask-worker.ts";

type Parts = Pick<ApiParts, "db" | "hints" | "awaitRequest">;

/** Beyond what the function has: for a worker to take the request. */
const CLAIM_MS = 10_000;
const TIMEOUT_MS = LIMITS.configFunctionMs + CLAIM_MS;

/** For `assertChecksPass`. */
export function createConfigChecks(parts: Parts): ConfigChecks {
  return {
    db: parts.db,
    checkConfig: (organizationId, input) =>
      askWorker(parts, { organizationId, kind: "check-config", input, timeoutMs: TIMEOUT_MS }),
  };
}

export interface Choices {
  items: ConfigChoice[];
  fetchedAtMs: number;
}

export interface ChoicesWanted {
  instance: InstanceRow;
  variable: string;
  /** Beside the saved ones, and not saved by this. */
  values: JsonObject;
}

export type FindChoices = (organizationId: string, wanted: ChoicesWanted) => Promise<Choices>;

/** Each entry has up to `LIMITS.configChoices` choices. */
const ENTRIES_KEPT = 200;

/**
 * Finds the choices of an instance's picklist. Fetched ones are answered again for `LIMITS.configChoicesCacheMs` by this
 * process; calls for the same meanwhile share one fetch. A failure is not kept.
 */
export function createFindChoices(parts: Parts, now: () => number = Date.now): FindChoices {
  const kept = new BoundedMap<string, { untilMs: number; choices: Promise<Choices> }>(ENTRIES_KEPT);
  return async (organizationId, wanted) => {
    const { options } = picklistOf(wanted);
    if (options !== OF_FUNCTION)
      return { items: options.map((value) => ({ value, label: value })), fetchedAtMs: now() };
    const input = await inputOf(parts, organizationId, wanted);
    const key = `${wanted.instance.id}/${wanted.variable}/${hash("sha256", JSON.stringify(input))}`;
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > now()) return known.choices;
    const question = { organizationId, kind: "fetch-config-options", input, timeoutMs: TIMEOUT_MS } as const; // as const: the kind decides the result's type
    const choices = askWorker(parts, question).then((result) => ({
      items: result.choices,
      fetchedAtMs: now(),
    }));
    kept.set(key, { untilMs: now() + LIMITS.configChoicesCacheMs, choices });
    choices.catch(() => kept.delete(key)); // the caller gets the same rejection
    return choices;
  };
}

function picklistOf({ instance, variable: key }: ChoicesWanted) {
  const { config } = instance.definition;
  const variable = Object.hasOwn(config, key) ? config[key] : undefined;
  if (variable === undefined)
    throw new EngineError(
      "request/not-found",
      `Version ${instance.version} has no config variable "${key.slice(0, 100)}"; it has ${Object.keys(config).join(", ") || "none"}`,
    );
  if (variable.type === "picklist") return variable;
  throw new EngineError(
    "request/unprocessable",
    `Config variable "${key}" is a ${variable.type}: only a picklist has options`,
    { field: "/variable" },
  );
}

async function inputOf(
  { db }: Parts,
  organizationId: string,
  { instance, variable, values: given }: ChoicesWanted,
): Promise<RequestInput<"fetch-config-options">> {
  const { definition, versionId, customerId } = instance;
  const values = { ...instance.config, ...given };
  const problems = checkConfigValues(definition, values);
  if (problems.length > 0) throw invalidConfig(problems);
  const config = setValues(definition, values);
  const { permissions } = definition;
  const grants = await findGrant(db, organizationId, { instance, versionId, permissions });
  return { instanceId: instance.id, versionId, customerId, config, grants, variable };
}
