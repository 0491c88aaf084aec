import { setTimeout as delay } from "node:timers/promises";

/** Between two looks at the api; an abort ends it early, without an error: whoever loops looks at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {});
}
