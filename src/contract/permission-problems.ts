import type { Definition } from "./definition.ts";
import { parseNetRule } from "./net-rule.ts";
import { coversPermissionRule, type PermissionName, PERMISSIONS } from "./permission-sets.ts";
import { NOTHING_ALLOWED } from "./permission-rules.ts";
import type { PermissionManifest } from "./permissions.ts";

export interface DefinitionProblem {
  /** `flows[0].steps[1].key`, empty for the whole. */
  path: string;
  message: string;
}

/** Rules that cannot be read, steps that ask for more than their version, hosts of connections that no rule allows. */
export function permissionProblems(definition: Definition): DefinitionProblem[] {
  const { permissions } = definition;
  const unreadable = unreadableRules(permissions, "permissions");
  // What cannot be read cannot be compared either.
  if (unreadable.length > 0) return unreadable;
  return [
    ...definition.flows.flatMap((flow, flowIndex) =>
      flow.steps.flatMap((step, stepIndex) =>
        stepProblems(step.permissions, permissions, `flows[${flowIndex}].steps[${stepIndex}].permissions`),
      ),
    ),
    ...Object.entries(definition.connections).flatMap(([key, { hosts }]) =>
      hostProblems(hosts, permissions, `connections.${key}.hosts`),
    ),
  ];
}

function stepProblems(
  step: PermissionManifest | undefined,
  version: PermissionManifest,
  path: string,
): DefinitionProblem[] {
  if (step === undefined) return [];
  const unreadable = unreadableRules(step, path);
  return unreadable.length > 0
    ? unreadable
    : PERMISSIONS.flatMap((name) => wideningRules(name, { step, version, path }));
}

function wideningRules(
  name: PermissionName,
  { step, version, path }: { step: PermissionManifest; version: PermissionManifest; path: string },
): DefinitionProblem[] {
  const { allow } = step[name] ?? NOTHING_ALLOWED;
  const outer = (version[name] ?? NOTHING_ALLOWED).allow;
  const widens = `a step may only narrow what its version has; add it to permissions.${name} of the integration`;
  if (allow === true)
    return outer === true
      ? []
      : [{ path: `${path}.${name}`, message: `true is more than allowed: ${widens}` }];
  return allow.flatMap((rule, index) =>
    coversPermissionRule(name, outer, rule)
      ? []
      : [{ path: `${path}.${name}.allow[${index}]`, message: `"${rule}" is more than allowed: ${widens}` }],
  );
}

function hostProblems(
  hosts: readonly string[],
  permissions: PermissionManifest,
  path: string,
): DefinitionProblem[] {
  const { allow } = permissions.net ?? NOTHING_ALLOWED;
  return hosts.flatMap((rule, index) => {
    const at = `${path}[${index}]`;
    const unreadable = problemOf(rule, at);
    if (unreadable !== undefined) return [unreadable];
    const message = `"${rule}" is not allowed by permissions.net; add it there`;
    return coversPermissionRule("net", allow, rule) ? [] : [{ path: at, message }];
  });
}

/** Also for an operator's policy, which has the same rules. */
export function unreadableRules(permissions: PermissionManifest, path: string): DefinitionProblem[] {
  const { allow, deny } = permissions.net ?? NOTHING_ALLOWED;
  const inList = (list: readonly string[], name: string) =>
    list.flatMap((rule, index) => problemOf(rule, `${path}.net.${name}[${index}]`) ?? []);
  return [...inList(allow === true ? [] : allow, "allow"), ...inList(deny, "deny")];
}

function problemOf(rule: string, path: string): DefinitionProblem | undefined {
  try {
    parseNetRule(rule);
    return undefined;
  } catch (error) {
    return { path, message: error instanceof Error ? error.message : String(error) };
  }
}
