import type { ExecutionListener } from "#contract/execution-listener.ts";
import { LIMITS } from "#contract/limits.ts";
import type { ProcessIdentity } from "#db/processes.ts";
import { findEnded, listStartedByLane, type ReadyLane, readReadyRows } from "#db/queue.ts";
import type { HeldShard } from "#db/shards.ts";
import { Backoff } from "./backoff.ts";
import { ExecutionStarter, type ExecutionStarterOptions } from "./execution-starter.ts";
import { FairTurns, type Turn } from "./fair-turns.ts";
import { InFlight } from "./in-flight.ts";
import { LaneFinder } from "./lane-finder.ts";
import { ShardLeases } from "./shard-leases.ts";
import { SlotLimit } from "./slot-limit.ts";
import type { StartInputs } from "./start-inputs.ts";
import { Waker } from "./waker.ts";

/**
 * Starts queued executions: leases shards, claims rows of their lanes in turn, has a workflow started for each.
 *
 * 1. A claim only reads (docs/adr/0002): the lease makes this worker the only reader, and what it has in hand is
 *    left out of the next claim. A start is idempotent, so a crash anywhere needs no repair: whoever holds the shard
 *    next starts again.
 * 2. Never more in flight than there are slots, and of these no more than the cores keep up with (`slot-limit.ts`);
 *    within that, customers in turn and lanes under their caps, and the rows of a lane in the order of their ids.
 * 3. It looks for work when hinted at, when a slot is freed, and every `LIMITS.pollMs`.
 * Temporal away or busy: see `execution-starter.ts`. Postgres away: it backs off, and leases lapse meanwhile.
 */
export interface DispatcherOptions extends Omit<
  ExecutionStarterOptions,
  "workerId" | "onNotStarted" | "onRoom"
> {
  identity: ProcessIdentity;
  inputs: StartInputs;
  /** Executions that may run here at once. */
  slots: number;
  /** How many may run at once of a lane and of its customer, over the shards of this worker. */
  capOf?(lane: ReadyLane): { lane: number; customer: number };
  weightOf?(customerId: string): number;
  /** Payloads up to this size are read with the claim, for the first step. */
  primeBytes: number;
  /** Why no step could run here at present: nothing is started meanwhile, and no attempt is spent. */
  problem?(): string | undefined;
}

export interface DispatcherStatus {
  slots: number;
  /** Of the slots, as many as the cores keep up with at present. */
  limit: number;
  used: number;
  shards: number[];
  readyLanes: number;
  /** Why nothing is started at present. */
  problem: string | undefined;
}

/** How often executions that ended elsewhere are looked for. */
const RECOUNT_MS = 5_000;
/** Of the slots, what one customer may fill where no cap says otherwise: the rest is for others. */
const CUSTOMER_SHARE = 0.75;

export class Dispatcher implements Omit<ExecutionListener, "changed" | "queued"> {
  readonly #options: DispatcherOptions;
  readonly #leases: ShardLeases;
  readonly #starter: ExecutionStarter;
  readonly #inFlight = new InFlight();
  readonly #limit: SlotLimit;
  readonly #turns: FairTurns;
  readonly #finder: LaneFinder;
  readonly #waker = new Waker();
  readonly #stopping = new AbortController();
  #recountedAt = 0;
  #loop: Promise<void> | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { db, identity, log } = options;
    this.#limit = new SlotLimit({ capacity: options.slots });
    this.#turns = new FairTurns(options.weightOf);
    this.#finder = new LaneFinder(db);
    this.#starter = new ExecutionStarter({
      ...options,
      workerId: identity.id,
      onNotStarted: (executionId) => this.finished(executionId),
      onRoom: () => this.#waker.wake(),
    });
    this.#leases = new ShardLeases({
      db,
      identity,
      log,
      status: () => {
        const { slots, limit, used, problem = null } = this.status();
        return { slots, limit, used, problem };
      },
      onTaken: (shards) => this.#countTaken(shards),
      onLost: (shards) => this.#forget(shards),
      drain: (shards) => this.#starter.settle(shards),
    });
  }

  start(): void {
    this.#leases.start();
    this.#loop ??= this.#run();
  }

  /** Claims nothing more, lets starts under way be marked, and gives the shards away. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waker.wake();
    await this.#loop;
    await this.#leases.stop();
  }

  /** Something was queued. */
  hint(): void {
    this.#finder.hint();
    this.#waker.wake();
  }

  finished(executionId: string): void {
    if (this.#inFlight.end(executionId)) this.#waker.wake();
  }

  reached(executionId: string): void {
    const since = this.#inFlight.reach(executionId);
    if (since !== undefined) this.#observe(performance.now() - since, since);
  }

  waitedForIsolate(executionId: string, waitedMs: number): void {
    const since = this.#inFlight.beganAt(executionId);
    if (since !== undefined) this.#observe(waitedMs, since);
  }

  waiting(executionId: string, untilMs: number): void {
    if (untilMs - Date.now() <= LIMITS.slotHoldMs) return;
    this.#inFlight.park(executionId);
    this.#waker.wake();
  }

  resumed(executionId: string): void {
    this.#inFlight.wake(executionId, performance.now());
  }

  status(): DispatcherStatus {
    return {
      slots: this.#options.slots,
      limit: this.#limit.value,
      used: this.#inFlight.used,
      shards: this.#leases.held(),
      readyLanes: this.#turns.size,
      problem: this.#options.problem?.() ?? this.#starter.problem,
    };
  }

  async #run(): Promise<void> {
    const backoff = new Backoff({ firstMs: 250, mostMs: 5_000 });
    while (!this.#stopping.signal.aborted) {
      let sleepMs: number = LIMITS.pollMs;
      try {
        await this.#recount();
        await this.#dispatch();
        backoff.reset();
        if (this.#starter.pausedMs > 0) sleepMs = this.#starter.pausedMs;
      } catch (error) {
        this.#options.log.error({ err: error }, "dispatch failed; trying again");
        sleepMs = backoff.next();
      }
      await this.#waker.sleep(sleepMs);
    }
  }

  async #dispatch(): Promise<void> {
    while (!this.#stopping.signal.aborted && this.#free() > 0 && this.#options.problem?.() === undefined) {
      await this.#findLanes();
      const turns = this.#turns.take({ slots: this.#free(), roomOf: (lane) => this.#roomOf(lane) });
      if (turns.length === 0) return;
      await this.#claim(turns);
    }
  }

  #free(): number {
    const free = Math.max(0, this.#limit.value - this.#inFlight.used);
    return Math.min(free, this.#starter.room, LIMITS.claimRows);
  }

  #observe(delayMs: number, beganAt: number): void {
    this.#limit.observe(delayMs, { beganAt, now: performance.now(), used: this.#inFlight.used });
  }

  #roomOf(lane: ReadyLane): { lane: number; customer: number } {
    const { capOf } = this.#options;
    const slots = this.#limit.value;
    const cap = capOf?.(lane) ?? { lane: slots, customer: Math.ceil(slots * CUSTOMER_SHARE) };
    return {
      lane: cap.lane - this.#inFlight.countOf(lane.lane),
      customer: cap.customer - this.#inFlight.countOf(lane.customerId),
    };
  }

  async #findLanes(): Promise<void> {
    const now = performance.now();
    const shards = this.#leases.held();
    if (shards.length === 0 || !this.#finder.isDue(now)) return;
    for (const lane of await this.#finder.scan(shards, now)) this.#turns.offer(lane);
  }

  async #claim(turns: Turn[]): Promise<void> {
    const { db, inputs, primeBytes, reach } = this.#options;
    const rows = await readReadyRows(db, {
      lanes: turns.map(({ lane, take }) => ({ shard: lane.shard, lane: lane.lane, take })),
      except: this.#starter.claimedIds,
      payloadBytes: primeBytes,
    });
    for (const { lane, take } of turns)
      if (rows.filter((row) => row.lane === lane.lane).length < take) this.#turns.remove(lane.lane);
    if (rows.length === 0) return;
    const read = await inputs.read(rows);
    reach("dispatch-after-claim");
    rows.forEach((execution, index) => {
      const input = read[index];
      const epoch = this.#leases.epochOf(execution.shard);
      if (epoch === undefined || input === undefined) {
        // The lease ran out while the rows were read: they are another worker's now.
        this.#turns.removeShard(execution.shard);
        return;
      }
      this.#inFlight.begin(execution.executionId, execution, performance.now());
      const isLeased = (): boolean => this.#leases.epochOf(execution.shard) === epoch;
      this.#starter.start({ execution, input, epoch, isLeased });
    });
  }

  /** What the shards just taken have running counts for the caps of their lanes. */
  async #countTaken(shards: HeldShard[]): Promise<void> {
    const started = await listStartedByLane(this.#options.db, {
      shards: shards.map(({ shard }) => shard),
      slotHoldMs: LIMITS.slotHoldMs,
    });
    const now = performance.now();
    for (const { executionIds, orphaned, ...place } of started)
      for (const executionId of executionIds) {
        // A dead worker's executions run on where the shard now is: without a slot each, every death would add a
        // whole capacity to what runs at once, until no workflow task ends in its time.
        if (orphaned) this.#inFlight.adopt(executionId, place, now);
        else this.#inFlight.beginElsewhere(executionId, place, now);
      }
    this.hint();
  }

  #forget(shards: number[]): void {
    for (const shard of shards) {
      this.#turns.removeShard(shard);
      this.#inFlight.forgetElsewhere(shard);
    }
  }

  /** Takes those out of the count that ended in another worker. */
  async #recount(): Promise<void> {
    const now = performance.now();
    if (now - this.#recountedAt < RECOUNT_MS) return;
    this.#recountedAt = now;
    const known = this.#inFlight.listSince(now - RECOUNT_MS);
    if (known.length === 0) return;
    for (const executionId of await findEnded(this.#options.db, known)) this.finished(executionId);
  }
}
