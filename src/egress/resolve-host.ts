import { lookup, Resolver } from "node:dns/promises";

/** All addresses of a host name. Rejects where there are none. */
export type ResolveHost = (host: string) => Promise<string[]>;

const CACHE_MS = 5_000;
const CACHED_NAMES = 5_000;
const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;

/**
 * Resolves by the DNS servers of the machine, or those given, first: such a query occupies no thread, so a name server that stalls
 * holds up nobody else. Names without a dot and names that DNS does not know go to the system's resolver (hosts
 * file, search domains), which runs on libuv's few threads: one at a time, so that files and keys never wait.
 */
export function createResolver(options: { servers?: string[] } = {}): ResolveHost {
  const dns = new Resolver({ timeout: QUERY_TIMEOUT_MS, tries: QUERY_TRIES });
  if (options.servers !== undefined) dns.setServers(options.servers);
  let system: Promise<unknown> = Promise.resolve();
  const bySystem = async (host: string): Promise<string[]> => {
    const mine = system.then(() => lookup(host, { all: true, order: "ipv4first" }));
    system = mine.catch(() => {}); // whoever asked is told; the next one goes on
    return (await mine).map(({ address }) => address);
  };
  const byDns = async (host: string): Promise<string[]> => {
    const answers = await Promise.allSettled([dns.resolve4(host), dns.resolve6(host)]);
    return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
  };
  return cached(async (host) => {
    const found = host.includes(".") ? await byDns(host) : [];
    return found.length > 0 ? found : bySystem(host);
  });
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
