import { lookup, Resolver } from "node:dns/promises";

/** All addresses of a host name. Rejects where there are none. */
export type ResolveHost = (host: string) => Promise<string[]>;

const CACHE_MS = 5_000;
const CACHED_NAMES = 5_000;
const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;

/** Names that wait for the system's resolver, in each lane. */
const WAITING_NAMES = 200;

/**
 * Resolves by the DNS servers of the machine, or those given, first: such a query occupies no thread, so a name
 * server that stalls holds up nobody else. Names without a dot and names that DNS does not know go to the system's
 * resolver (hosts file, search domains), which runs on libuv's few threads: one at a time, so that files and keys
 * never wait. Names with a dot may be an attacker's, whose server says "unknown" first and then stalls: they wait in
 * a lane of their own.
 */
export function createResolver(options: { servers?: string[] } = {}): ResolveHost {
  const dns = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (options.servers !== undefined) dns.setServers(options.servers);
  const lookUpPlain = createLane();
  const lookUpDotted = createLane();
  const byDns = async (host: string): Promise<string[]> => {
    const answers = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)]);
    const found = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    const late = answers.find((answer) => answer.status === "rejected" && isTimeout(answer.reason));
    if (found.length === 0 && late?.status === "rejected") throw late.reason;
    return found;
  };
  return cached(async (host) => {
    if (!host.includes(".")) return lookUpPlain(host);
    const found = await byDns(host);
    return found.length > 0 ? found : lookUpDotted(host);
  });
}

/** The system's resolver, one name after another. */
function createLane(): ResolveHost {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (host) => {
    if (waiting >= WAITING_NAMES) throw new Error(`${waiting} names wait for the system's resolver`);
    waiting += 1;
    const mine = last.then(() => lookup(host, { all: true, order: "ipv4first" }));
    last = mine.catch(() => {}); // whoever asked is told; the next one goes on
    try {
      return (await mine).map(({ address }) => address);
    } finally {
      waiting -= 1;
    }
  };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ETIMEOUT";
}

/** Remembers answers for some seconds, and asks once for many who ask at the same time. */
function cached(resolve: ResolveHost): ResolveHost {
  const answers = new Map<string, { at: number; addresses: Promise<string[]> }>();
  return (host) => {
    const now = Date.now();
    const known = answers.get(host);
    if (known !== undefined && now - known.at < CACHE_MS) return known.addresses;
    const addresses = resolve(host);
    answers.delete(host);
    answers.set(host, { at: now, addresses });
    addresses.catch(() => answers.delete(host));
    for (const oldest of answers.keys()) {
      if (answers.size <= CACHED_NAMES) break;
      answers.delete(oldest);
    }
    return addresses;
  };
}
