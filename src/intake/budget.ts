import { EngineError } from "#contract/errors.ts";

/** What one process holds in memory of requests that are not answered yet. Beyond it senders are told to come again. */
export interface Budget {
  readonly requests: number;
  readonly bytes: number;
  /** Throws `engine/overloaded` where there is no room. What is taken is given back by `release`, once. */
  enter(): BudgetShare;
}

export interface BudgetShare {
  /** Throws `engine/overloaded` where these bytes have no room. */
  take(bytes: number): void;
  release(): void;
}

export function createBudget(limits: { requests: number; bytes: number }): Budget {
  let requests = 0;
  let bytes = 0;
  const overloaded = (what: string) =>
    new EngineError("engine/overloaded", `Too much is being received at once (${what}); send the same again`);
  return {
    get requests() {
      return requests;
    },
    get bytes() {
      return bytes;
    },
    enter() {
      if (requests >= limits.requests) throw overloaded("requests");
      requests += 1;
      let held = 0;
      return {
        take(more) {
          if (bytes + more > limits.bytes) throw overloaded("bytes");
          bytes += more;
          held += more;
        },
        release() {
          requests -= 1;
          bytes -= held;
          held = 0;
        },
      };
    },
  };
}
