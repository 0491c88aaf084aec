/**
 * How many executions this worker runs at once, found from how long they wait for it: additive increase and
 * multiplicative decrease, as TCP finds the width of a path it does not know.
 *
 * `capacity` is what memory allows (steps that wait for an upstream need little else). It is far beyond what the
 * cores can do where steps compute: then workflow tasks pass Temporal's time limit, are handed out again, and the
 * cores do everything twice. So the delay between an execution's start and its code counts, whatever caused it.
 *
 * 1. `floor` ≤ limit ≤ capacity.
 * 2. One lowering a backlog: after it, delays of what was begun before say nothing new.
 * 3. It grows only while it is what holds back: delays under a limit that nobody reaches prove nothing about more.
 */
export interface SlotLimitOptions {
  capacity: number;
  floor?: number;
}

/** A fifth of a workflow task's time limit. */
const HIGH_DELAY_MS = 1_000;
const LOWERED_TO = 0.7;
const FLOOR = 16;
const FIRST = 64;
/** Of the limit, what must be in use for it to be what holds back: one customer alone may fill three quarters. */
const HELD_BACK = 0.5;
/** After the first lowering: executions in time for each one more. Before, each adds one, which doubles it at a time. */
const IN_TIME_FOR_ONE_MORE = 16;

export class SlotLimit {
  readonly #capacity: number;
  readonly #floor: number;
  #limit: number;
  #wasLowered = false;
  #loweredAt = -Infinity;

  constructor({ capacity, floor = FLOOR }: SlotLimitOptions) {
    this.#capacity = capacity;
    this.#floor = Math.min(capacity, floor);
    this.#limit = Math.min(capacity, Math.max(FIRST, this.#floor));
  }

  get value(): number {
    return Math.floor(this.#limit);
  }

  /** An execution begun at `beganAt` waited `delayMs` for this worker; `used` slots are taken. Times are monotonic. */
  observe(delayMs: number, at: { beganAt: number; now: number; used: number }): void {
    if (delayMs > HIGH_DELAY_MS) return this.#lower(at);
    if (at.used < this.#limit * HELD_BACK) return;
    const more = this.#wasLowered ? 1 / IN_TIME_FOR_ONE_MORE : 1;
    this.#limit = Math.min(this.#capacity, this.#limit + more);
  }

  #lower({ beganAt, now }: { beganAt: number; now: number }): void {
    if (beganAt < this.#loweredAt) return;
    this.#wasLowered = true;
    this.#loweredAt = now;
    this.#limit = Math.max(this.#floor, this.#limit * LOWERED_TO);
  }
}
