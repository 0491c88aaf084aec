/**
 * What this worker knows to be running: for the limit on its own slots, and for the caps of the lanes it leases.
 *
 * 1. An entry is `own` when this worker started or adopted it: it holds one of the worker's slots, unless parked.
 * 2. An entry of another worker counts for its lane's and customer's caps only.
 * 3. A parked execution (a wait longer than `LIMITS.slotHoldMs`) counts nowhere. Waking is never refused, so `used`
 *    may pass the limit for a while: nothing new starts until it is below again.
 */
interface Entry {
  lane: string | undefined;
  customerId: string | undefined;
  shard: number | undefined;
  own: boolean;
  parked: boolean;
  since: number;
  /** A step of it was asked for here. */
  reached: boolean;
}

export interface Place {
  lane: string;
  customerId: string;
  shard: number;
}

export class InFlight {
  readonly #entries = new Map<string, Entry>();
  readonly #counts = new Map<string, number>();
  #used = 0;

  get used(): number {
    return this.#used;
  }

  /** Running executions of a lane or of a customer, by its id. */
  countOf(laneOrCustomerId: string): number {
    return this.#counts.get(laneOrCustomerId) ?? 0;
  }

  begin(executionId: string, place: Place, since: number): void {
    this.end(executionId);
    this.#add(executionId, { ...place, own: true, parked: false, since, reached: false });
  }

  /** An execution of a shard just taken, whose worker is gone: it holds a slot of this one. */
  adopt(executionId: string, place: Place, since: number): void {
    if (this.#entries.get(executionId)?.own === true) return;
    this.begin(executionId, place, since);
    this.reach(executionId);
  }

  /** An execution of a shard just taken, started by another worker. */
  beginElsewhere(executionId: string, place: Place, since: number): void {
    if (!this.#entries.has(executionId))
      this.#add(executionId, { ...place, own: false, parked: false, since, reached: true });
  }

  /** Since when it has been waiting for its first step, told once, of what this worker started itself. */
  reach(executionId: string): number | undefined {
    const entry = this.#entries.get(executionId);
    if (entry === undefined || entry.reached) return undefined;
    entry.reached = true;
    return entry.since;
  }

  /** When what this worker started was begun. */
  beganAt(executionId: string): number | undefined {
    const entry = this.#entries.get(executionId);
    return entry?.own === true ? entry.since : undefined;
  }

  end(executionId: string): boolean {
    const entry = this.#entries.get(executionId);
    if (entry === undefined) return false;
    if (!entry.parked) this.#count(entry, -1);
    this.#entries.delete(executionId);
    return true;
  }

  park(executionId: string): void {
    const entry = this.#entries.get(executionId);
    if (entry === undefined || entry.parked) return;
    this.#count(entry, -1);
    entry.parked = true;
  }

  /** Also for one that this worker did not know: its worker died, and Temporal gave it to this one. */
  wake(executionId: string, now: number): void {
    const entry = this.#entries.get(executionId);
    if (entry === undefined) {
      const unknown = { lane: undefined, customerId: undefined, shard: undefined };
      this.#add(executionId, { ...unknown, own: true, parked: false, since: now, reached: true });
    } else if (entry.parked) {
      entry.parked = false;
      this.#count(entry, 1);
    }
  }

  /** The new holder of a shard counts its executions; those of this worker keep their slots. */
  forgetElsewhere(shard: number): void {
    for (const [executionId, entry] of this.#entries)
      if (!entry.own && entry.shard === shard) this.end(executionId);
  }

  /** Known since before `since`: to be compared with the queue now and then. */
  listSince(since: number): string[] {
    return [...this.#entries].filter(([, entry]) => entry.since <= since).map(([executionId]) => executionId);
  }

  #add(executionId: string, entry: Entry): void {
    this.#entries.set(executionId, entry);
    this.#count(entry, 1);
  }

  #count(entry: Entry, by: 1 | -1): void {
    if (entry.own) this.#used += by;
    for (const id of [entry.lane, entry.customerId]) {
      if (id === undefined) continue;
      const count = this.countOf(id) + by;
      if (count === 0) this.#counts.delete(id);
      else this.#counts.set(id, count);
    }
  }
}
