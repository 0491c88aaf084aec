import { codeOf, EngineError, isErrorCode } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { type RequestKind, type RequestResult, REQUESTS } from "#contract/requests.ts";
import type { Db } from "#db/connect.ts";
import type { HintChannel } from "#db/hints.ts";
import { findRequest, type RequestOutcome } from "#db/requests.ts";

export type AwaitRequest = <Kind extends RequestKind>(
  request: { id: string; organizationId: string; kind: Kind },
  options: { timeoutMs: number; signal?: AbortSignal },
) => Promise<RequestResult<Kind>>;

export interface RequestAwaiter {
  awaitRequest: AwaitRequest;
  /** To be called for each hint of `millrace_request`: whoever waits looks at once. */
  onHint(channel: HintChannel, requestId: string | undefined): void;
}

/**
 * Waits for a worker's answer to a row of `requests`: woken by hints, and looking every `LIMITS.pollMs` in any case.
 * The worker's error is thrown as it is; no answer in time is `engine/unavailable`.
 */
export function createRequestAwaiter(db: Db): RequestAwaiter {
  const waiting = new Map<string, () => void>();

  /** Resolves at the next hint, the next poll or the deadline, whichever is first. */
  const pause = (id: string, deadline: number, signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        waiting.delete(id);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, Math.min(LIMITS.pollMs, deadline - performance.now())));
      waiting.set(id, done);
      signal?.addEventListener("abort", done, { once: true });
    });

  return {
    async awaitRequest(request, { timeoutMs, signal }) {
      const deadline = performance.now() + timeoutMs;
      for (;;) {
        signal?.throwIfAborted();
        const outcome = await findRequest(db, request);
        const result = outcome === undefined ? undefined : resultOf(request.kind, outcome);
        if (result !== undefined) return result;
        if (performance.now() >= deadline) {
          throw new EngineError(
            "engine/unavailable",
            `No worker answered request ${request.id} (${request.kind}) within ${timeoutMs} ms; check that a worker runs, then try again`,
          );
        }
        await pause(request.id, deadline, signal);
      }
    },
    onHint(channel, requestId) {
      if (channel !== "millrace_request") return;
      const woken = requestId === undefined ? [...waiting.values()] : [waiting.get(requestId)];
      for (const wake of woken) wake?.();
    },
  };
}

function resultOf<Kind extends RequestKind>(
  kind: Kind,
  { state, result, error }: RequestOutcome,
): RequestResult<Kind> | undefined {
  if (state === "failed") {
    const code = isErrorCode(error?.code) ? error.code : codeOf(error);
    throw new EngineError(
      code,
      error?.message ?? "The worker gave no reason",
      error?.field === undefined ? {} : { field: error.field },
    );
  }
  if (state !== "done") return undefined;
  // The schema of this very kind: TypeScript does not follow the key into the union.
  return REQUESTS[kind].result.parse(result) as RequestResult<Kind>;
}
