import type { ReadyLane } from "#db/queue.ts";

/**
 * Whose turn it is: deficit round robin over customers, and within a customer over its lanes. Executions cost one
 * each, so a customer's quantum is its weight, and a deficit remains only where the free slots ran out within a turn.
 *
 * 1. A customer's place in the ring depends on nothing that it does: a flood moves nobody back.
 * 2. A lane without room (its cap, its customer's cap) is passed over and keeps its place.
 * 3. A lane that was offered stays until `remove`: whoever reads its rows says when it is empty.
 */
export interface Turn {
  lane: ReadyLane;
  take: number;
}

interface Customer {
  id: string;
  lanes: ReadyLane[];
  deficit: number;
}

export interface TakeOptions {
  /** Slots to give away. */
  slots: number;
  /** How many more may run of this lane and of its customer, apart from what this call gives. */
  roomOf(lane: ReadyLane): { lane: number; customer: number };
}

export class FairTurns {
  readonly #weightOf: (customerId: string) => number;
  readonly #customers = new Map<string, Customer>();
  readonly #lanes = new Map<string, ReadyLane>();
  #ring: Customer[] = [];

  /** Weights are whole numbers from 1. */
  constructor(weightOf: (customerId: string) => number = () => 1) {
    this.#weightOf = weightOf;
  }

  get size(): number {
    return this.#lanes.size;
  }

  offer(lane: ReadyLane): void {
    if (this.#lanes.has(lane.lane)) return;
    this.#lanes.set(lane.lane, lane);
    let customer = this.#customers.get(lane.customerId);
    if (customer === undefined) {
      customer = { id: lane.customerId, lanes: [], deficit: 0 };
      this.#customers.set(customer.id, customer);
      this.#ring.push(customer);
    }
    customer.lanes.push(lane);
  }

  remove(laneId: string): void {
    const lane = this.#lanes.get(laneId);
    if (lane === undefined) return;
    this.#lanes.delete(laneId);
    const customer = this.#customers.get(lane.customerId);
    if (customer === undefined) return;
    customer.lanes = customer.lanes.filter((other) => other.lane !== laneId);
    if (customer.lanes.length > 0) return;
    this.#customers.delete(customer.id);
    this.#ring = this.#ring.filter((other) => other !== customer);
  }

  removeShard(shard: number): void {
    for (const lane of this.#lanes.values()) if (lane.shard === shard) this.remove(lane.lane);
  }

  /** Gives slots in turn until none is left or nobody has room; moves the ring on. */
  take(options: TakeOptions): Turn[] {
    const given = new Map<string, Turn>();
    const givenToCustomer = new Map<string, number>();
    const hasRoom = (lane: ReadyLane): boolean => {
      const room = options.roomOf(lane);
      return (
        room.lane > (given.get(lane.lane)?.take ?? 0) &&
        room.customer > (givenToCustomer.get(lane.customerId) ?? 0)
      );
    };
    let slots = options.slots;
    let passed = 0;
    while (slots > 0 && passed < this.#ring.length) {
      const customer = this.#ring[0];
      if (customer === undefined) break;
      if (customer.deficit < 1) customer.deficit += this.#weightOf(customer.id);
      const lane = nextLane(customer, hasRoom);
      if (lane === undefined) {
        customer.deficit = 0;
        passed += 1;
      } else {
        const turn = given.get(lane.lane) ?? { lane, take: 0 };
        turn.take += 1;
        given.set(lane.lane, turn);
        givenToCustomer.set(customer.id, (givenToCustomer.get(customer.id) ?? 0) + 1);
        customer.deficit -= 1;
        slots -= 1;
        passed = 0;
      }
      if (customer.deficit < 1) this.#moveOn();
    }
    return [...given.values()];
  }

  #moveOn(): void {
    const first = this.#ring.shift();
    if (first !== undefined) this.#ring.push(first);
  }
}

/** The customer's first lane with room, moved to the end of its lanes. */
function nextLane(customer: Customer, hasRoom: (lane: ReadyLane) => boolean): ReadyLane | undefined {
  const index = customer.lanes.findIndex(hasRoom);
  const lane = customer.lanes[index];
  if (lane === undefined) return undefined;
  customer.lanes.push(...customer.lanes.splice(index, 1));
  return lane;
}
