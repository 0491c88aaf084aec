import { setTimeout as delay } from "node:timers/promises";
import { isUnavailable } from "#db/is-unavailable.ts";

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2_000;

/**
 * Repeats a query while Postgres cannot be reached: an outage must not spend a step's attempts, nor lose the result
 * of an effect that has happened. Ends with the last error once the signal is aborted.
 */
export async function retryWhileUnavailable<Result>(
  query: () => Promise<Result>,
  options: { signal: AbortSignal; onUnavailable(error: unknown, retryInMs: number): void },
): Promise<Result> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await query();
    } catch (error) {
      if (!isUnavailable(error) || options.signal.aborted) throw error;
      options.onUnavailable(error, delayMs);
      // Aborted: one last query, then its error.
      await delay(delayMs, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}
