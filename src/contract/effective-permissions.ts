import { intersectPermissions, intersectRules, PERMISSIONS, type PermissionName } from "./permission-sets.ts";
import type { PermissionRules } from "./permission-rules.ts";
import type { PermissionManifest } from "./permissions.ts";

/** What an operator lets integrations have: per permission, `named` allows what a manifest names, but not its `true`. */
export type PermissionPolicy = Record<PermissionName, PolicyRules>;
export interface PolicyRules {
  allow: true | "named" | string[];
  deny: string[];
}

/** Where the operator has given no policy: a manifest may name what it likes, and may not say "anything". */
export const DEFAULT_POLICY: PermissionPolicy = {
  net: { allow: "named", deny: [] },
  env: { allow: "named", deny: [] },
};

export interface PermissionLayers {
  /** Of the version. */
  manifest: PermissionManifest;
  /** Of the instance. */
  grant: PermissionManifest;
  /** Of the step, where it has one of its own. */
  step: PermissionManifest | undefined;
  policy: PermissionPolicy;
}

/** What a step may do: manifest ∩ grant ∩ step ∩ policy. This alone is enforced. */
export function effectivePermissions({
  manifest,
  grant,
  step,
  policy,
}: PermissionLayers): PermissionManifest {
  const granted = intersectPermissions(manifest, grant);
  return applyPolicy(step === undefined ? granted : intersectPermissions(granted, step), policy);
}

function applyPolicy(wanted: PermissionManifest, policy: PermissionPolicy): PermissionManifest {
  const left: PermissionManifest = {};
  for (const name of PERMISSIONS) {
    const rules = wanted[name];
    if (rules !== undefined) left[name] = underPolicy(name, rules, policy[name]);
  }
  return left;
}

function underPolicy(name: PermissionName, wanted: PermissionRules, policy: PolicyRules): PermissionRules {
  // "Anything" is for the operator to give: where a policy does not, it stands for nothing rather than for its list.
  const named: PermissionRules =
    wanted.allow === true && policy.allow !== true ? { allow: [], deny: wanted.deny } : wanted;
  return intersectRules(name, named, {
    allow: policy.allow === "named" ? true : policy.allow,
    deny: policy.deny,
  });
}

/** A permission that a manifest asks for as a whole and the policy does not give as a whole. */
export function findUngivenWholes(manifest: PermissionManifest, policy: PermissionPolicy): PermissionName[] {
  return PERMISSIONS.filter((name) => manifest[name]?.allow === true && policy[name].allow !== true);
}
