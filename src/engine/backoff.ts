/** Delays that double from `firstMs` to `mostMs`, each with jitter: between half of it and all of it. */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: { firstMs: number; mostMs: number; random?: () => number }) {
    this.#firstMs = options.firstMs;
    this.#mostMs = options.mostMs;
    this.#random = options.random ?? Math.random;
  }

  get failures(): number {
    return this.#failures;
  }

  next(): number {
    const full = Math.min(this.#mostMs, this.#firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return full * (0.5 + 0.5 * this.#random());
  }

  reset(): void {
    this.#failures = 0;
  }
}
