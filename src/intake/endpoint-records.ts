import { LIMITS } from "#contract/limits.ts";
import type { RefusedRequest } from "#db/refused-requests.ts";

/**
 * What is remembered about endpoints beside their executions: refused requests, and when keys were last used. Kept in
 * memory and written once a second, so that no sender can make a row hot. A kill loses at most a second of it.
 */
export interface EndpointRecords {
  recordRefusal(flowId: string, refused: RefusedRequest): void;
  recordKeyUse(keyId: string, atMs: number): void;
  /** Writes the rest. */
  stop(): Promise<void>;
}

export interface EndpointRecordsOptions {
  insertRefused(rows: (RefusedRequest & { flowId: string })[]): Promise<void>;
  updateKeysUsed(usedAt: ReadonlyMap<string, number>): Promise<void>;
  onError(error: unknown): void;
  flushMs?: number;
}

const FLUSH_MS = 1_000;
/** Endpoints with refusals at once; what comes beyond them is not remembered. */
const FLOWS_MAX = 1_000;
const KEYS_MAX = 10_000;

export function createEndpointRecords(options: EndpointRecordsOptions): EndpointRecords {
  let refusals = new Map<string, RefusedRequest[]>();
  let keyUses = new Map<string, number>();
  let flushing = Promise.resolve();

  const recordRefusal = (flowId: string, refused: RefusedRequest) => {
    let ring = refusals.get(flowId);
    if (ring === undefined) {
      if (refusals.size >= FLOWS_MAX) return;
      ring = [];
      refusals.set(flowId, ring);
    }
    ring.push(refused);
    if (ring.length > LIMITS.refusedRequestsPerEndpoint) ring.shift();
  };

  const flush = async () => {
    const [refused, used] = [refusals, keyUses];
    refusals = new Map();
    keyUses = new Map();
    const rows = [...refused].flatMap(([flowId, ring]) => ring.map((each) => ({ ...each, flowId })));
    try {
      if (rows.length > 0) await options.insertRefused(rows);
      if (used.size > 0) await options.updateKeysUsed(used);
    } catch (error) {
      // They are a courtesy: not kept for another try, so that they never pile up while Postgres is away.
      options.onError(error);
    }
  };

  const timer = setInterval(() => {
    if (refusals.size + keyUses.size > 0) flushing = flushing.then(flush);
  }, options.flushMs ?? FLUSH_MS);

  return {
    recordRefusal,
    recordKeyUse(keyId, atMs) {
      if (keyUses.size < KEYS_MAX || keyUses.has(keyId)) keyUses.set(keyId, atMs);
    },
    async stop() {
      clearInterval(timer);
      await flushing.then(flush);
    },
  };
}
