import type { ConfigVariable } from "./config-variable.ts";
import type { Definition, FlowDefinition } from "./definition.ts";
import { firstDifference } from "./first-difference.ts";
import type { Json, JsonObject } from "./json.ts";
import { findWidenings, type Widening } from "./permission-sets.ts";
import type { PermissionManifest } from "./permissions.ts";

/** What an instance is, or would be, deployed with. `config` has a value, or null, for each variable. */
export interface Deployable {
  definition: Definition;
  config: JsonObject;
  grants: PermissionManifest;
}

type Presence = "added" | "removed" | "changed";

export interface DeploymentDiff {
  config: { key: string; change: Presence; fields: string[]; before: ConfigSide; after: ConfigSide }[];
  permissions: { gained: Widening[]; lost: Widening[] };
  flows: { key: string; change: Presence; fields: string[]; steps: StepDiff[] }[];
}
interface StepDiff {
  key: string;
  change: Presence;
  fields: string[];
}
/** null: the variable is not there. */
type ConfigSide = { type: ConfigVariable["type"]; default: Json; value: Json } | null;

/** What differs, in the order of the later side, then what it has no more. Equal things are left out. */
export function diffDeployments(before: Deployable, after: Deployable): DeploymentDiff {
  return {
    config: diffConfig(before, after),
    permissions: {
      gained: findWidenings(before.grants, after.grants),
      lost: findWidenings(after.grants, before.grants),
    },
    flows: diffFlows(before.definition.flows, after.definition.flows),
  };
}

function diffConfig(before: Deployable, after: Deployable): DeploymentDiff["config"] {
  const [old, next] = [variablesOf(before), variablesOf(after)];
  return diffKeyed(old, next).map((found) => ({
    ...found,
    before: sideOf(old.get(found.key)),
    after: sideOf(next.get(found.key)),
  }));
}

/** With the value as one more field of the variable; its place among the others is no difference. */
function variablesOf({ definition, config }: Deployable): Map<string, JsonObject> {
  return new Map(
    Object.entries(definition.config).map(([key, variable]) => {
      const { order: _, ...shown } = asJson(variable);
      return [key, { ...shown, value: config[key] ?? null }];
    }),
  );
}

function sideOf(variable: JsonObject | undefined): ConfigSide {
  if (variable === undefined) return null;
  const type = variable["type"] as ConfigVariable["type"]; // `variablesOf` took it from a variable
  return { type, default: variable["default"] ?? null, value: variable["value"] ?? null };
}

function diffFlows(
  before: readonly FlowDefinition[],
  after: readonly FlowDefinition[],
): DeploymentDiff["flows"] {
  const steps = (flows: readonly FlowDefinition[], key: string) =>
    byKey(flows.find((flow) => flow.key === key)?.steps ?? []);
  return diffKeyed(byKey(before), byKey(after)).map((found) => ({
    ...found,
    steps: found.change === "changed" ? diffKeyed(steps(before, found.key), steps(after, found.key)) : [],
  }));
}

function byKey(items: readonly { key: string }[]): Map<string, JsonObject> {
  return new Map(items.map((item) => [item.key, asJson(item)]));
}

/** `fields` names what changed, of things that both sides have. */
function diffKeyed(before: Map<string, JsonObject>, after: Map<string, JsonObject>): StepDiff[] {
  const changed = [...after].flatMap(([key, next]): StepDiff[] => {
    const old = before.get(key);
    if (old === undefined) return [{ key, change: "added", fields: [] }];
    const fields = changedFields(old, next);
    return fields.length === 0 ? [] : [{ key, change: "changed", fields }];
  });
  const removed = [...before.keys()].filter((key) => !after.has(key));
  return [...changed, ...removed.map((key): StepDiff => ({ key, change: "removed", fields: [] }))];
}

function changedFields(before: JsonObject, after: JsonObject): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => firstDifference(before[name] ?? null, after[name] ?? null) !== undefined)
    .toSorted();
}

/** Definitions are data: what undefined leaves out is not there. */
function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject; // an object, as it was one
}
