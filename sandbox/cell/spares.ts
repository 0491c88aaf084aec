import { SPARE_HOLDER } from "./execution-token.ts";
import type { GuestIsolate, ScriptText } from "./isolate.ts";
import type { Runner } from "./runner.ts";

/**
 * Isolates with a bundle already evaluated and no customer's data in them yet. Made only while the token is
 * idle, and only of a bundle that has been evaluated for a run: code which burns or kills a cell does it under a run's
 * name, and not once more when that run has failed.
 */
const QUIET_MS = 3;
/** A spare may take longer than the evaluation that proved its bundle, but not for ever: nobody waits for it. */
const evaluationCpuMs = (provenMs: number): number => Math.min(2_000, 3 * provenMs + 50);
/** Bundles that have spares at once: those asked for last. The others' are given up. */
const MOST_SHELVES = 4;

interface Shelf {
  wanted: number;
  ready: GuestIsolate[];
}

export interface SparesOptions {
  runner: Runner;
  guest: ScriptText;
  heapMb: number;
  findBundle(sha256: string): ScriptText | undefined;
  onCount(count: number): void;
}

export class Spares {
  readonly #options: SparesOptions;
  readonly #shelves = new Map<string, Shelf>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  want(sha256: string, wanted: number): void {
    this.#shelves.set(sha256, { wanted, ready: this.#shelves.get(sha256)?.ready ?? [] });
    this.#giveUpOldest();
  }

  take(sha256: string, heapMb: number): GuestIsolate | undefined {
    const shelf = this.#shelves.get(sha256);
    if (shelf === undefined || heapMb !== this.#options.heapMb) return undefined;
    this.#shelves.delete(sha256);
    this.#shelves.set(sha256, shelf);
    return shelf.ready.pop();
  }

  /** Fills one place as soon as the thread has been quiet for a moment, then looks again. */
  refillWhenQuiet(delayMs = QUIET_MS): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (performance.now() - this.#options.runner.lastBurstEndedAt < QUIET_MS - 0.5)
        return this.refillWhenQuiet();
      if (this.#fillOne()) this.refillWhenQuiet();
    }, delayMs);
  }

  #giveUpOldest(): void {
    for (const [sha256, shelf] of this.#shelves) {
      if (this.#shelves.size <= MOST_SHELVES) return;
      this.#shelves.delete(sha256);
      for (const spare of shelf.ready) this.#options.runner.dispose(spare, SPARE_HOLDER);
    }
  }

  #fillOne(): boolean {
    for (const [sha256, shelf] of this.#shelves) {
      const bundle = this.#options.findBundle(sha256);
      if (bundle?.provenMs === undefined || shelf.ready.length >= shelf.wanted) continue;
      const spare = this.#create(bundle, evaluationCpuMs(bundle.provenMs));
      if (spare === undefined) shelf.wanted = 0;
      else shelf.ready.push(spare);
      this.#options.onCount([...this.#shelves.values()].reduce((sum, { ready }) => sum + ready.length, 0));
      return true;
    }
    return false;
  }

  #create(bundle: ScriptText, cpuMs: number): GuestIsolate | undefined {
    const { runner, guest, heapMb } = this.#options;
    const budget = { holder: SPARE_HOLDER, cpuMs };
    try {
      const { isolate, failure } = runner.createIsolate({ heapMb, guest }, bundle, budget);
      if (failure === "") return isolate;
      runner.dispose(isolate, SPARE_HOLDER);
    } catch {
      // What ends an evaluation here will end it in a run as well, and be reported there.
    }
    return undefined;
  }
}
