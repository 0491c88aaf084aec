import { LIMITS } from "#contract/limits.ts";
import type { Db } from "#db/connect.ts";
import { findReadyLanes, type ReadyLane } from "#db/queue.ts";

/** Lanes per look at all shards together: more of them are found by the looks that follow. */
const LANES_PER_SCAN = 1_000;
/** Between two looks that hints ask for. */
const HINTED_EVERY_MS = 10;

/**
 * Finds lanes that have ready rows: at each poll, and between polls when a hint came. A scan that meets its limit is
 * continued behind the lanes it found, so that many lanes at the front hide none behind them.
 */
export class LaneFinder {
  readonly #db: Db;
  readonly #after = new Map<number, string>();
  #hinted = true;
  #lastScan = Number.NEGATIVE_INFINITY;

  constructor(db: Db) {
    this.#db = db;
  }

  hint(): void {
    this.#hinted = true;
  }

  isDue(now: number): boolean {
    return now - this.#lastScan >= (this.#hinted ? HINTED_EVERY_MS : LIMITS.pollMs);
  }

  async scan(shards: number[], now: number): Promise<ReadyLane[]> {
    this.#hinted = false;
    this.#lastScan = now;
    const lanes = await findReadyLanes(this.#db, {
      shards: shards.map((shard) => ({ shard, after: this.#after.get(shard) })),
      limit: LANES_PER_SCAN,
    });
    const isCut = lanes.length === LANES_PER_SCAN;
    const wasContinued = this.#after.size > 0;
    this.#after.clear();
    if (isCut) for (const { shard, lane } of lanes) this.#after.set(shard, lane);
    // The next look begins at the front again, or goes on behind: soon in both cases.
    if (isCut || wasContinued) this.#hinted = true;
    return lanes;
  }
}
