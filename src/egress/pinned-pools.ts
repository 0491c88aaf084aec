import { Pool } from "undici";
import { LIMITS } from "#contract/limits.ts";
import { type ConnectOptions, createCheckedConnector } from "./checked-connector.ts";

/**
 * Connections, kept open for a while. Each pool speaks for one origin to one address that was checked before, so
 * whoever is handed a pool knows where its bytes go, whatever DNS says by now. No connection serves two trust
 * domains, nor two credentials.
 */
export interface PinnedPools {
  get(place: PoolPlace): Pool;
  stop(): Promise<void>;
}

export interface PoolPlace {
  origin: URL;
  /** Checked for the caller's permissions. Undefined only where a proxy resolves names. */
  address: string | undefined;
  /** Who shares connections: trust domain and credentials. */
  partition: string;
}

const POOLS = 1_000;
const KEEP_ALIVE_MS = 4_000;

export function createPinnedPools(options: ConnectOptions): PinnedPools {
  const pools = new Map<string, Pool>();
  return {
    get(place) {
      const name = JSON.stringify([place.origin.origin, place.address ?? null, place.partition]);
      const pool = pools.get(name) ?? createPool(place, options);
      // The last used are the last in the map: the first one is the first to go.
      pools.delete(name);
      pools.set(name, pool);
      for (const [oldest, unused] of pools) {
        if (pools.size <= POOLS) break;
        pools.delete(oldest);
        void unused.close().catch(() => {}); // ends what runs, then closes; nobody is left to be told
      }
      return pool;
    },
    async stop() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function createPool({ origin, address }: PoolPlace, options: ConnectOptions): Pool {
  return new Pool(origin.origin, {
    connections: LIMITS.hostRequestsInFlight,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The request's own clock bounds these, by its signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: LIMITS.headerBytes,
    allowH2: false,
    connect: createCheckedConnector(address, options),
  });
}
