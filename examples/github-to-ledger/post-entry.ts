import { FatalError, RetryableError, type StepFetch } from "millrace";
import type { GitHubEvent } from "./parse-event.ts";

export interface PostedEntry {
  /** One line for whoever reads the history. */
  summary: string;
  posted: number;
  status: number;
  /** The ledger's id of the entry. */
  entry: string | null;
}

/**
 * Posts with the step's idempotency key, so that the ledger keeps one entry however often the step is tried. What
 * the ledger may take later is tried again, no sooner than it asks for; what it will never take ends the execution.
 */
export async function postEntry(fetch: StepFetch, url: URL, event: GitHubEvent): Promise<PostedEntry> {
  const response = await fetch(url, { method: "POST", json: event, idempotencyKey: true });
  const { status } = response;
  if (status === 429 || status >= 500) {
    await response.body?.cancel();
    const after = retryAfterMs(response.headers.get("Retry-After"));
    throw new RetryableError(`The ledger answered ${status}`, {
      status,
      ...(after === undefined ? {} : { after }),
    });
  }
  const text = await response.text();
  if (!response.ok)
    throw new FatalError(`The ledger refused the entry with ${status}: ${text.slice(0, 200)}`, { status });
  return { summary: `${status}, 1 entry`, posted: 1, status, entry: idOf(text) };
}

/** Seconds or a date, as RFC 9110 says. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function idOf(text: string): string | null {
  try {
    const entry: unknown = JSON.parse(text);
    return typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string"
      ? entry.id
      : null;
  } catch {
    return null; // the entry was taken: an answer without its id does not undo that
  }
}
