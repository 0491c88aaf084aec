import { z } from "zod";
import type { PermissionPolicy } from "./effective-permissions.ts";
import { EngineError } from "./errors.ts";
import { unreadableRules } from "./permission-problems.ts";

/**
 * The operator's policy: `{ "net": …, "env": … }`, each as in a manifest, with `"named"` beside `true`. What the file
 * leaves out nobody has, as in a manifest.
 */
const list = z.array(z.string().min(1).max(300)).max(10_000);
const allow = z.union([z.literal(true), z.literal("named"), list], {
  error: 'must be true, "named" or a list of rules',
});
const rules = z.union(
  [
    allow.transform((allowed) => ({ allow: allowed, deny: [] as string[] })), // empty: of no type by itself
    z.literal(false).transform(() => ({ allow: [] as string[], deny: [] as string[] })),
    z.strictObject({ allow: allow.default([]), deny: list.default([]) }),
  ],
  { error: 'must be true, false, "named", a list of rules, or { "allow": …, "deny": [ … ] }' },
);
const policySchema = z.strictObject({
  net: rules.default({ allow: [], deny: [] }),
  env: rules.default({ allow: [], deny: [] }),
});

/** @throws EngineError `engine/config` that lists every problem of the text, one a line, with its place */
export function parsePolicy(text: string): PermissionPolicy {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EngineError("engine/config", `it is not JSON: ${message}`, { cause });
  }
  const parsed = policySchema.safeParse(value);
  if (!parsed.success)
    throw refusalOf(parsed.error.issues.map(({ path, message }) => [path.join("."), message]));
  const { net } = parsed.data;
  const problems = unreadableRules({ net: { ...net, allow: net.allow === "named" ? true : net.allow } }, "");
  if (problems.length > 0) throw refusalOf(problems.map(({ path, message }) => [path.slice(1), message]));
  return parsed.data;
}

function refusalOf(problems: [place: string, message: string][]): EngineError {
  const lines = problems.map(([place, message]) => `\n  ${place === "" ? "" : `${place}: `}${message}`);
  return new EngineError("engine/config", `it is no policy:${lines.join("")}`);
}
