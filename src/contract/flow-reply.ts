/**
 * What a flow answers its sender: the output of the step that its trigger's `reply` names. Authors make it by `reply`
 * of the SDK; any other output is answered as JSON. No zod here: it goes into every bundle that uses `reply`.
 */
export interface FlowReply {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const KEYS = ["body", "headers", "status"];
/** RFC 9110, 5.1 and 5.5. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Of the connection, or of the origin that the console shares: no flow sets them. */
const RESERVED =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-length|date|set-cookie2?|clear-site-data|strict-transport-security|content-security-policy|access-control-.*|service-worker-allowed)$/i;

/** What keeps a reply from being sent, in a sentence. */
export function findReplyProblem({ status, headers }: FlowReply): string | undefined {
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return `status ${status} is none that can be answered; give 200 to 599`;
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) return `"${name}" is no name of a header`;
    if (RESERVED.test(name)) return `the header ${name} is the server's own; leave it out`;
    if (!HEADER_VALUE.test(value)) return `the header ${name} has a character that no header may have`;
  }
  return undefined;
}

/** A step's output, after JSON, as the answer that it means. */
export function readReply(output: unknown): FlowReply {
  if (isReply(output) && findReplyProblem(output) === undefined) return output;
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(output) };
}

function isReply(output: unknown): output is FlowReply {
  if (typeof output !== "object" || output === null) return false;
  if (Object.keys(output).toSorted().join() !== KEYS.join()) return false;
  const { status, headers, body } = output as Record<keyof FlowReply, unknown>; // its keys, as was just checked
  return (
    typeof status === "number" &&
    typeof body === "string" &&
    typeof headers === "object" &&
    headers !== null &&
    Object.values(headers).every((value) => typeof value === "string")
  );
}
