import { coversEnvRule, intersectEnvRules } from "./env-rule.ts";
import { coversNetRule, intersectNetRules, parseNetRule } from "./net-rule.ts";
import { NOTHING_ALLOWED, type PermissionRules } from "./permission-rules.ts";
import type { PermissionManifest } from "./permissions.ts";

/**
 * Permission sets as sets: what two of them allow together, and what one allows that another does not.
 *
 * 1. Absent is nothing, `true` is everything.
 * 2. An intersection allows what both allow, and denies what either denies.
 * 3. Nothing that is left out of an intersection can be won back by another one.
 */
export const PERMISSIONS = ["net", "env"] as const;
export type PermissionName = (typeof PERMISSIONS)[number];

/** How rules of one permission compare. */
interface Algebra {
  /** What each pair of rules allows together. */
  intersect(ones: readonly string[], others: readonly string[]): string[];
  covers(outer: string, inner: string): boolean;
}

const ALGEBRA: Record<PermissionName, Algebra> = {
  net: {
    intersect: (ones, others) => {
      const parsed = others.map(parseNetRule);
      return ones
        .map(parseNetRule)
        .flatMap((one) => parsed.flatMap((other) => intersectNetRules(one, other)?.text ?? []));
    },
    covers: (outer, inner) => coversNetRule(parseNetRule(outer), parseNetRule(inner)),
  },
  env: {
    intersect: (ones, others) =>
      ones.flatMap((one) => others.flatMap((other) => intersectEnvRules(one, other) ?? [])),
    covers: coversEnvRule,
  },
};

export function intersectPermissions(one: PermissionManifest, other: PermissionManifest): PermissionManifest {
  const both: PermissionManifest = {};
  for (const name of PERMISSIONS) {
    const [first, second] = [one[name], other[name]];
    if (first !== undefined && second !== undefined) both[name] = intersectRules(name, first, second);
  }
  return both;
}

export function intersectRules(
  name: PermissionName,
  one: PermissionRules,
  other: PermissionRules,
): PermissionRules {
  return {
    allow: intersectAllowed(ALGEBRA[name], one.allow, other.allow),
    deny: [...new Set([...one.deny, ...other.deny])],
  };
}

function intersectAllowed(
  { intersect }: Algebra,
  one: PermissionRules["allow"],
  other: PermissionRules["allow"],
): PermissionRules["allow"] {
  if (one === true) return other;
  if (other === true) return one;
  return [...new Set(intersect(one, other))];
}

/** Whether `outer` allows all that `inner` allows. */
export function coversPermissionRule(
  name: PermissionName,
  outer: PermissionRules["allow"],
  inner: string,
): boolean {
  return outer === true || outer.some((rule) => ALGEBRA[name].covers(rule, inner));
}

/** One thing that a set allows and another does not. */
export interface Widening {
  permission: PermissionName;
  /** `allowed`: a new rule; `no-longer-denied`: one that is denied no more. */
  change: "allowed" | "no-longer-denied";
  /** The rule, `*` for any. */
  rule: string;
}

/** What `next` allows beyond `before`; empty where it is the same or narrower. */
export function findWidenings(before: PermissionManifest, next: PermissionManifest): Widening[] {
  return PERMISSIONS.flatMap((permission) =>
    rulesWidened(permission, before[permission] ?? NOTHING_ALLOWED, next[permission] ?? NOTHING_ALLOWED),
  );
}

function rulesWidened(
  permission: PermissionName,
  before: PermissionRules,
  next: PermissionRules,
): Widening[] {
  const { covers } = ALGEBRA[permission];
  const isCovered = (rule: string, by: readonly string[]) => by.some((outer) => covers(outer, rule));
  const nextAllow = next.allow === true ? [ANY] : next.allow;
  const allowed = nextAllow.filter(
    (rule) => before.allow !== true && (rule === ANY || !isCovered(rule, before.allow)),
  );
  // A rule that nobody could use before or can now is no change that a person has to judge.
  const undenied = before.deny.filter(
    (rule) => !isCovered(rule, next.deny) && touches(permission, rule, next),
  );
  return [
    ...allowed.map((rule): Widening => ({ permission, change: "allowed", rule })),
    ...undenied.map((rule): Widening => ({ permission, change: "no-longer-denied", rule })),
  ];
}
const ANY = "*";

function touches(permission: PermissionName, rule: string, { allow }: PermissionRules): boolean {
  return allow === true || ALGEBRA[permission].intersect(allow, [rule]).length > 0;
}

/** `net *.example.com`, `net admin.example.com (no longer denied)`. */
export function describeWidening({ permission, change, rule }: Widening): string {
  const what = `${permission} ${rule === ANY ? "any" : rule}`;
  return change === "allowed" ? what : `${what} (no longer denied)`;
}
