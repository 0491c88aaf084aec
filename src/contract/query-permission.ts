import { matchesEnvRule } from "./env-rule.ts";
import { matchesNetRule, parseNetQuery, parseNetRule } from "./net-rule.ts";
import { NOTHING_ALLOWED, type PermissionRules } from "./permission-rules.ts";
import type { PermissionManifest } from "./permissions.ts";

/** As Deno's `Deno.PermissionDescriptor`; what is asked of permissions that are never given is not looked at. */
export interface PermissionQuery {
  name: string;
  /** With `net`: `host` or `host:port`. Without it: is all of it granted? */
  host?: string;
  /** With `env`. */
  variable?: string;
}

export interface PermissionAnswer {
  state: "granted" | "denied";
  /** Granted as a whole, but for some rules that deny. */
  partial: boolean;
}

const NEVER_GIVEN: readonly string[] = ["read", "write", "sys", "run", "ffi", "import"];
const DENIED: PermissionAnswer = { state: "denied", partial: false };

/**
 * What an access would be answered: Deno's `permissions.query` where nobody can be prompted.
 *
 * @throws TypeError for a name that is no permission's; EngineError `request/definition-refused` with Deno's sentence
 * for a host that is none
 */
export function queryPermission(permissions: PermissionManifest, query: PermissionQuery): PermissionAnswer {
  switch (query.name) {
    case "net":
      return queryNet(permissions.net ?? NOTHING_ALLOWED, query.host);
    case "env":
      return queryEnv(permissions.env ?? NOTHING_ALLOWED, query.variable);
    default:
      if (NEVER_GIVEN.includes(query.name)) return DENIED;
      throw new TypeError(`The provided value "${query.name}" is not a valid permission name`);
  }
}

function queryNet(rules: PermissionRules, host: string | undefined): PermissionAnswer {
  if (host === undefined) return queryWhole(rules);
  const asked = parseNetQuery(host);
  return answer(rules, (rule) => matchesNetRule(parseNetRule(rule), asked));
}

function queryEnv(rules: PermissionRules, variable: string | undefined): PermissionAnswer {
  if (variable === undefined) return queryWhole(rules);
  return answer(rules, (rule) => matchesEnvRule(rule, variable));
}

/** A list is never the whole, however long it is. */
function queryWhole({ allow, deny }: PermissionRules): PermissionAnswer {
  return allow === true ? { state: "granted", partial: deny.length > 0 } : DENIED;
}

function answer({ allow, deny }: PermissionRules, matches: (rule: string) => boolean): PermissionAnswer {
  const isGranted = !deny.some(matches) && (allow === true || allow.some(matches));
  return isGranted ? { state: "granted", partial: false } : DENIED;
}
