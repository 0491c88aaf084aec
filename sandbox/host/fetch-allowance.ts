import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";

export interface FetchAllowanceLimits {
  fetches: number;
  bytes: number;
}

/** What one execution attempt may send and receive, all its steps together. */
export class FetchAllowance {
  readonly #most: FetchAllowanceLimits;
  #fetches = 0;
  #bytes = 0;

  constructor(
    most: FetchAllowanceLimits = { fetches: LIMITS.executionFetches, bytes: LIMITS.executionFetchBytes },
  ) {
    this.#most = most;
  }

  /** @throws EngineError `step/threw`, for the author to read */
  countFetch(): void {
    if (this.#fetches >= this.#most.fetches) {
      throw new EngineError("step/threw", `an execution makes at most ${this.#most.fetches} requests`);
    }
    this.#fetches += 1;
  }

  /** @throws EngineError `step/threw`, for the author to read */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#most.bytes) {
      const message = `an execution sends and receives at most ${this.#most.bytes} bytes`;
      throw new EngineError("step/threw", message);
    }
  }
}
