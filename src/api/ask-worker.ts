import type { RequestInput, RequestKind, RequestResult } from "#contract/requests.ts";
import { insertRequest } from "#db/requests.ts";
import type { ApiParts } from "./api-parts.ts";

export interface Question<Kind extends RequestKind> {
  organizationId: string;
  kind: Kind;
  input: RequestInput<Kind>;
  /** For the worker, and for whoever waits for it. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Asks a worker and waits for its answer.
 *
 * @throws EngineError what the worker threw; `engine/unavailable` where none answered in time
 */
export async function askWorker<Kind extends RequestKind>(
  { db, hints, awaitRequest }: Pick<ApiParts, "db" | "hints" | "awaitRequest">,
  { organizationId, kind, input, timeoutMs, signal }: Question<Kind>,
): Promise<RequestResult<Kind>> {
  const deadline = new Date(Date.now() + timeoutMs);
  const id = await insertRequest(db, { organizationId, kind, input, deadline });
  hints.send("millrace_request", id);
  return awaitRequest({ id, organizationId, kind }, { timeoutMs, ...(signal && { signal }) });
}
