import type { Clock } from "#contract/clock.ts";

/**
 * What the host remembers of code that did harm: versions that killed a cell or held the token long run one
 * execution at a time for a while; an input that has killed a cell three times alone is given up.
 */
const EXCLUSIVE_MS = 10 * 60 * 1000;
const SOLO_KILLS = 3;
const MOST_REMEMBERED = 10_000;

export class Quarantine {
  readonly #clock: Clock;
  readonly #exclusiveUntil = new Map<string, number>();
  readonly #soloKills = new Map<string, number>();
  readonly #withoutSpares = new Map<string, number>();

  constructor(clock: Clock = Date.now) {
    this.#clock = clock;
  }

  /** `versionKey` names a bundle within its domain. */
  isExclusive(versionKey: string): boolean {
    const until = this.#exclusiveUntil.get(versionKey);
    if (until === undefined) return false;
    if (until > this.#clock()) return true;
    this.#exclusiveUntil.delete(versionKey);
    return false;
  }

  makeExclusive(versionKey: string): void {
    this.#remember(this.#exclusiveUntil, versionKey, this.#clock() + EXCLUSIVE_MS);
  }

  /** Evaluating this version as a spare has killed a cell. */
  forbidSpares(versionKey: string): void {
    this.#remember(this.#withoutSpares, versionKey, this.#clock());
  }

  maySpare(versionKey: string): boolean {
    return !this.#withoutSpares.has(versionKey);
  }

  /** Counts a cell killed by this input alone. */
  countSoloKill(inputKey: string): void {
    this.#remember(this.#soloKills, inputKey, (this.#soloKills.get(inputKey) ?? 0) + 1);
  }

  isPoison(inputKey: string): boolean {
    return (this.#soloKills.get(inputKey) ?? 0) >= SOLO_KILLS;
  }

  /** The oldest is forgotten first. */
  #remember(map: Map<string, number>, key: string, value: number): void {
    map.delete(key);
    map.set(key, value);
    const oldest = map.keys().next().value;
    if (map.size > MOST_REMEMBERED && oldest !== undefined) map.delete(oldest);
  }
}
