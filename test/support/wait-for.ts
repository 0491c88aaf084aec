import { setTimeout as sleep } from "node:timers/promises";

export interface WaitForOptions {
  /** Default 10 s. */
  timeoutMs?: number;
  /** The fact in words, for the failure: "the execution is succeeded". */
  what: string;
  everyMs?: number;
}

/**
 * Waits for a fact: asks again until the answer is neither undefined, null nor false, and returns it. An error thrown
 * by `fact` counts as "not yet", and is the cause of the failure at the time limit.
 */
export async function waitFor<Fact>(
  fact: () => Fact | Promise<Fact>,
  options: WaitForOptions,
): Promise<Exclude<Fact, undefined | null | false>> {
  const { timeoutMs = 10_000, everyMs = 20, what } = options;
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await fact();
      // Narrowed by the comparison, which a generic type does not show.
      if (answer !== undefined && answer !== null && answer !== false)
        return answer as Exclude<Fact, undefined | null | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline)
      throw new Error(`not within ${timeoutMs} ms: ${what}`, last === undefined ? {} : { cause: last });
    await sleep(everyMs);
  }
}
