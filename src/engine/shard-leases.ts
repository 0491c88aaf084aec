import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { LIMITS } from "#contract/limits.ts";
import type { WorkerStatus } from "#contract/worker-status.ts";
import type { Db } from "#db/connect.ts";
import { ALIVE_MS, beatProcess, type ProcessIdentity, removeProcess } from "#db/processes.ts";
import { type HeldShard, leaseShards, type LeaseReport, releaseShards } from "#db/shards.ts";

/**
 * This worker's share of the shards, and its heartbeat, by which the others know their own share.
 *
 * 1. A shard is used only while `epochOf` gives its epoch: from `onTaken` on, until the lease would run out by this
 *    process's own clock, counted from before the renewal was asked for, a second early.
 * 2. A worker that has more than its share drains what it gives away first: starts under way are marked.
 * 3. A worker that stops releases at once; one that dies loses its leases after `LIMITS.shardLeaseMs`, and the
 *    others look at that very moment.
 * Postgres away: leases lapse and nothing is dispatched; with Postgres back they are taken anew, in a new epoch.
 */
export interface ShardLeasesOptions {
  db: Db;
  identity: ProcessIdentity;
  log: Logger;
  /** Told with each heartbeat. */
  status(): WorkerStatus;
  /** Before the shards are used: counts what they have running. */
  onTaken(shards: HeldShard[]): Promise<void>;
  onLost(shards: number[]): void;
  /** Resolves when nothing that was claimed from these shards is unmarked. */
  drain(shards: number[]): Promise<void>;
}

const EARLY_MS = 1_000;
const RETRY_MS = 500;
/** After an expiry of another's lease, so that Postgres' clock agrees. */
const LATER_MS = 20;

export class ShardLeases {
  readonly #options: ShardLeasesOptions;
  readonly #epochs = new Map<number, number>();
  readonly #stopping = new AbortController();
  #validUntil = 0;
  #loop: Promise<void> | undefined;

  constructor(options: ShardLeasesOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Releases everything. What still runs goes on; nothing new is claimed from here. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    const shards = this.#forgetAll();
    await this.#options.drain(shards);
    const { db, identity } = this.#options;
    await releaseShards(db, identity.id);
    await removeProcess(db, identity.id);
  }

  /** The epoch of a lease that holds now, else undefined. */
  epochOf(shard: number): number | undefined {
    return performance.now() < this.#validUntil ? this.#epochs.get(shard) : undefined;
  }

  held(): number[] {
    return performance.now() < this.#validUntil ? [...this.#epochs.keys()] : [];
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const delay = await this.#renew().catch((error: unknown) => {
        if (performance.now() >= this.#validUntil) this.#forgetAll();
        this.#options.log.warn({ err: error }, "shard leases could not be renewed; trying again");
        return RETRY_MS;
      });
      // Rejects only when stopped.
      await wait(delay, undefined, { signal }).catch(() => {});
    }
  }

  /** Returns the time until the next look. */
  async #renew(): Promise<number> {
    const { db, identity, status } = this.#options;
    await beatProcess(db, identity, status());
    const asked = performance.now();
    const report = await leaseShards(db, {
      workerId: identity.id,
      leaseMs: LIMITS.shardLeaseMs,
      aliveMs: ALIVE_MS,
      total: LIMITS.shards,
    });
    // What lapsed here meanwhile is taken anew below, even where Postgres still had it as ours.
    if (asked >= this.#validUntil) this.#forgetAll();
    this.#validUntil = asked + LIMITS.shardLeaseMs - EARLY_MS;
    await this.#adopt(report);
    await this.#shed(report);
    const next = report.nextExpiryMs === null ? LIMITS.shardRenewMs : report.nextExpiryMs + LATER_MS;
    return Math.min(LIMITS.shardRenewMs, next);
  }

  async #adopt(report: LeaseReport): Promise<void> {
    const epochs = new Map(report.held.map(({ shard, epoch }) => [shard, epoch]));
    const lost = [...this.#epochs].filter(([shard, epoch]) => epochs.get(shard) !== epoch);
    for (const [shard] of lost) this.#epochs.delete(shard);
    if (lost.length > 0) this.#options.onLost(lost.map(([shard]) => shard));
    const taken = report.held.filter(({ shard }) => !this.#epochs.has(shard));
    if (taken.length === 0) return;
    await this.#options.onTaken(taken);
    for (const { shard, epoch } of taken) this.#epochs.set(shard, epoch);
    this.#options.log.info({ shards: [...this.#epochs.keys()], workers: report.workers }, "shards leased");
  }

  async #shed(report: LeaseReport): Promise<void> {
    const share = Math.ceil(LIMITS.shards / report.workers);
    const surplus = [...this.#epochs.keys()].sort((a, b) => a - b).slice(share);
    if (surplus.length === 0) return;
    for (const shard of surplus) this.#epochs.delete(shard);
    this.#options.onLost(surplus);
    await this.#options.drain(surplus);
    await releaseShards(this.#options.db, this.#options.identity.id, surplus);
  }

  #forgetAll(): number[] {
    const shards = [...this.#epochs.keys()];
    this.#epochs.clear();
    if (shards.length > 0) this.#options.onLost(shards);
    return shards;
  }
}
