import { isIP, type LookupFunction } from "node:net";
import { buildConnector, Pool } from "undici";
import { LIMITS } from "#contract/limits.ts";
import { canonicalAddress } from "./special-range.ts";

/**
 * Connections, kept open for a while. Each pool speaks for one origin to one address that was checked before, so
 * whoever is handed a pool knows where its bytes go, whatever DNS says by now.
 */
export interface PinnedPools {
  /** `address` must have been checked for the caller's permissions. */
  get(origin: URL, address: string): Pool;
  stop(): Promise<void>;
}

export interface PinnedPoolsOptions {
  /** Additional certificate authorities, PEM. */
  ca?: string;
  connectTimeoutMs: number;
}

const POOLS = 500;
const CONNECTIONS_PER_POOL = 64;
const KEEP_ALIVE_MS = 4_000;

export function createPinnedPools(options: PinnedPoolsOptions): PinnedPools {
  const pools = new Map<string, Pool>();
  return {
    get(origin, address) {
      const name = `${origin.origin}|${address}`;
      const pool = pools.get(name) ?? createPool(origin, address, options);
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

function createPool(origin: URL, address: string, { ca, connectTimeoutMs }: PinnedPoolsOptions): Pool {
  const family = isIP(address);
  const lookup: LookupFunction = (_host, { all }, done) =>
    all === true ? done(null, [{ address, family }]) : done(null, address, family);
  const connect = buildConnector({
    lookup,
    autoSelectFamily: false,
    allowH2: false,
    timeout: connectTimeoutMs,
    ...(ca === undefined ? {} : { ca }),
  });
  return new Pool(origin.origin, {
    connections: CONNECTIONS_PER_POOL,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The step's own clock bounds these, by its signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: LIMITS.headerBytes,
    allowH2: false,
    connect: (target, done) =>
      connect(target, (...[error, socket]) => {
        if (error !== null) return done(error, null);
        // Node does not ask `lookup` for literals, and a library may come to look elsewhere: the peer decides.
        if (canonicalAddress(socket.remoteAddress ?? "") === canonicalAddress(address)) {
          return done(null, socket);
        }
        socket.destroy();
        return done(new Error("connected to another address than the one that was checked"), null);
      }),
  });
}
