import { FatalError, type Trigger } from "millrace";

/** What the ledger is told of an event. */
export interface GitHubEvent {
  /** As in `X-GitHub-Event`: `push`, `issues` … */
  event: string;
  /** GitHub's id of this delivery; the same when a person redelivers it. */
  delivery: string;
  action: string | null;
  /** `owner/name`, null for events of an organization or app. */
  repository: string | null;
  sender: string | null;
  /** Of a push to a branch; null for tags and other events. */
  branch: string | null;
  /** Of a push. */
  commits: number | null;
}

/** Throws FatalError for what GitHub does not send: trying again would not change it. */
export function parseEvent(trigger: Pick<Trigger, "headers" | "body">): GitHubEvent {
  const event = trigger.headers.get("X-GitHub-Event");
  if (event === null || event === "") {
    throw new FatalError("This is no GitHub webhook: it has no X-GitHub-Event header");
  }
  const payload = parsePayload(trigger);
  const ref = textAt(payload, "ref");
  const isPush = event === "push";
  return {
    event,
    delivery: trigger.headers.get("X-GitHub-Delivery") ?? "",
    action: textAt(payload, "action"),
    repository: textAt(payload, "repository", "full_name"),
    sender: textAt(payload, "sender", "login"),
    branch: isPush && ref?.startsWith("refs/heads/") === true ? ref.slice("refs/heads/".length) : null,
    commits: isPush ? lengthAt(payload, "commits") : null,
  };
}

/** GitHub sends JSON, or a form with the JSON in its field `payload`, as the webhook's owner chose. */
function parsePayload({ headers, body }: Pick<Trigger, "headers" | "body">): unknown {
  const isForm = headers.get("Content-Type")?.startsWith("application/x-www-form-urlencoded") === true;
  const text = isForm ? (body.form().get("payload") ?? "") : body.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FatalError("The payload is not JSON", { cause });
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return valueAt(Reflect.get(value, key), rest);
}

function textAt(value: unknown, ...path: string[]): string | null {
  const found = valueAt(value, path);
  return typeof found === "string" ? found : null;
}

function lengthAt(value: unknown, ...path: string[]): number {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.length : 0;
}
