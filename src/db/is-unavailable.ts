/** Network errors of Node, and SQLSTATEs that say "not now": connection, resources, shutdown, read-only standby. */
const NETWORK = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENOENT",
]);
const SQLSTATE_CLASSES = new Set(["08", "53", "57", "58"]);
const READ_ONLY = "25006";
/** pg gives these a sentence and no code. */
const SENTENCES =
  /^(Connection terminated|Client has encountered a connection error|Query read timeout|timeout exceeded when trying to connect|Cannot use a pool after calling end)/;

/** Whether a query failed because Postgres cannot be reached or cannot serve now: the same may succeed later. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // Node joins the failures of several addresses (localhost: IPv6, then IPv4) in one error.
  if (error instanceof AggregateError) return error.errors.some(isUnavailable);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (NETWORK.has(code) || code === READ_ONLY) return true;
  if (code.length === 5) return SQLSTATE_CLASSES.has(code.slice(0, 2));
  return SENTENCES.test(error.message);
}
