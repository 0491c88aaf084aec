import { REDACTED } from "./create-scrubber.ts";

/** Names of headers that carry a secret, by the end of the name: `X-Gitlab-Token`, `X-Api-Key`, `Client-Secret`. */
const SECRET_ENDING = /(^|[-_])(token|secret|password|passwd|api[-_]?key|access[-_]?key|credentials?)$/;
const SECRET_NAMES = new Set(["authorization", "proxy-authorization", "cookie", "set-cookie"]);

/**
 * Headers as they may be stored and shown. Signatures stay: they are no secrets, and a person who asks why one
 * failed has to see it. `alsoSecret` names a flow's own secret headers.
 */
export function maskHeaders(
  headers: readonly (readonly [name: string, value: string])[],
  alsoSecret: readonly string[] = [],
): [name: string, value: string][] {
  const own = new Set(alsoSecret.map((name) => name.toLowerCase()));
  return headers.map(([name, value]) => {
    const key = name.toLowerCase();
    const secret = SECRET_NAMES.has(key) || own.has(key) || SECRET_ENDING.test(key);
    return [name, secret ? REDACTED : value];
  });
}
