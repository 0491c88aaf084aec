/**
 * The token of a cell is its piscina thread itself: whoever runs there, runs alone. Before each burst its
 * holder is written to memory that the router polls, so that a kill names its culprit even though the thread
 * is deaf while it runs.
 *
 * Invariants: 1. the sequence number is odd exactly while a burst runs; 2. holder and budgets are written
 * before the sequence number makes them visible.
 */
const FIELDS = { sequence: 0, holder: 1, cpuLeftMs: 2, wallLeftMs: 3 } as const;

/** The holder of a burst that belongs to no run: a spare being made. */
export const SPARE_HOLDER = -1;

export function createTokenMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT * Object.keys(FIELDS).length);
}

export interface Burst {
  sequence: number;
  holder: number;
  cpuLeftMs: number;
  wallLeftMs: number;
}

export class ExecutionToken {
  readonly #fields: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#fields = new Int32Array(memory);
  }

  announce(holder: number, cpuLeftMs: number, wallLeftMs: number): void {
    this.#fields[FIELDS.holder] = holder;
    this.#fields[FIELDS.cpuLeftMs] = cpuLeftMs;
    this.#fields[FIELDS.wallLeftMs] = wallLeftMs;
    Atomics.add(this.#fields, FIELDS.sequence, 1);
  }

  release(): void {
    Atomics.add(this.#fields, FIELDS.sequence, 1);
  }

  /** The burst that runs now, if one does. */
  find(): Burst | undefined {
    const sequence = Atomics.load(this.#fields, FIELDS.sequence);
    if (sequence % 2 === 0) return undefined;
    return {
      sequence,
      holder: this.#fields[FIELDS.holder] ?? 0,
      cpuLeftMs: this.#fields[FIELDS.cpuLeftMs] ?? 0,
      wallLeftMs: this.#fields[FIELDS.wallLeftMs] ?? 0,
    };
  }
}
