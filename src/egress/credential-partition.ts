import { createHash } from "node:crypto";
import type { HeaderList } from "./request-headers.ts";

/**
 * Headers that name who asks. `Idempotency-Key` and the like hold "key" too, but differ with each request and
 * authenticate nobody, so "key" counts only together with what such headers put before it.
 */
const CREDENTIAL =
  /auth|cookie|token|secret|password|session|signature|credential|(api|access|private|subscription|functions)[-_]?key/i;

/**
 * A name for the credentials in a request's headers, "" where there are none. Requests of different names never
 * share a connection: a server may tie a login to one, and a response that slips into the next turn would be read
 * by someone else.
 */
export function credentialPartition(headers: HeaderList): string {
  const credentials = headers
    .filter(([name]) => CREDENTIAL.test(name))
    .map(([name, value]) => JSON.stringify([name.toLowerCase(), value]));
  return credentials.length === 0
    ? ""
    : createHash("sha256").update(credentials.toSorted().join("\n")).digest("base64url");
}
