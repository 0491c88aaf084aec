import { EngineError } from "#contract/errors.ts";

/**
 * Bodies of requests and responses that the host holds for its guests. A cell's memory is watched from outside; what
 * its steps have the host hold is not, and would end the worker for everybody: so it is counted here, and one trust
 * domain cannot take all of it.
 */
export interface ByteBudgetLimits {
  bytes: number;
  domainBytes: number;
}

export class ByteBudget {
  readonly #limits: ByteBudgetLimits;
  readonly #domains = new Map<string, number>();
  #held = 0;

  constructor(limits: ByteBudgetLimits) {
    this.#limits = limits;
  }

  get heldBytes(): number {
    return this.#held;
  }

  /** @throws EngineError `engine/overloaded`: nothing was taken then */
  take(domain: string, bytes: number): void {
    const ofDomain = (this.#domains.get(domain) ?? 0) + bytes;
    if (ofDomain > this.#limits.domainBytes || this.#held + bytes > this.#limits.bytes) {
      throw new EngineError(
        "engine/overloaded",
        "this worker holds as many bytes of requests and responses as it may; try again, with less at once",
      );
    }
    this.#held += bytes;
    this.#domains.set(domain, ofDomain);
  }

  giveBack(domain: string, bytes: number): void {
    const left = (this.#domains.get(domain) ?? 0) - bytes;
    this.#held -= bytes;
    if (left > 0) this.#domains.set(domain, left);
    else this.#domains.delete(domain);
  }
}
