/**
 * One entry of `permissions.env`, in Deno's grammar: a variable's name, or the beginning of names before a `*` at the
 * end. Upper and lower case differ.
 */
export function matchesEnvRule(rule: string, variable: string): boolean {
  return rule.endsWith("*") ? variable.startsWith(rule.slice(0, -1)) : variable === rule;
}

/** Whether everything that `inner` allows is allowed by `outer` too. */
export function coversEnvRule(outer: string, inner: string): boolean {
  if (!inner.endsWith("*")) return matchesEnvRule(outer, inner);
  return outer.endsWith("*") && inner.startsWith(outer.slice(0, -1));
}

/** What both rules allow, as one rule; undefined where it is nothing. */
export function intersectEnvRules(one: string, other: string): string | undefined {
  if (coversEnvRule(one, other)) return other;
  return coversEnvRule(other, one) ? one : undefined;
}
