import { setTimeout as sleep } from "node:timers/promises";

/** Asks again every `everyMs` (50) until the answer is true; throws at the time limit, on abort, or what `ask` throws. */
export async function pollUntil(
  ask: () => Promise<boolean>,
  options: { timeoutMs: number; signal: AbortSignal; everyMs?: number },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Error(`not ready within ${options.timeoutMs} ms`);
    await sleep(options.everyMs ?? 50, undefined, { signal: options.signal });
  }
}
