import type { EgressContext, EgressEvent, EgressResponse } from "#contract/egress.ts";
import type { NetTarget } from "#contract/net-rule.ts";
import { credentialPartition } from "./credential-partition.ts";
import { failedBeforeSending, failure } from "./failure.ts";
import type { Hop } from "./hop.ts";
import type { HostTurn } from "./host-meters.ts";
import type { PinnedPools } from "./pinned-pools.ts";
import type { ProxyRoute } from "./proxy-route.ts";
import { readBody } from "./read-body.ts";
import type { HeaderList } from "./request-headers.ts";

/** The ways out of this machine: directly, and by the operator's proxy where there is one. */
export interface Ways {
  direct: PinnedPools;
  proxied: PinnedPools | undefined;
  route: ProxyRoute;
}

export interface Exchange {
  hop: Hop;
  target: NetTarget;
  /** Checked, in the order in which to try them; empty where the proxy looks the name up. */
  addresses: readonly string[];
  turn: HostTurn;
  /** What is known of it so far: filled in as it goes on. */
  event: Pick<EgressEvent, "sentBytes" | "receivedBytes" | "status" | "address">;
}

type Answer = Omit<EgressResponse, "url" | "redirected">;

const NO_BODY_STATUS = new Set([204, 205, 304]);

/** Sends one request and reads its answer; an address that refuses the connection gives way to the next one. */
export async function exchange(ways: Ways, what: Exchange, context: EgressContext): Promise<Answer> {
  const [address, ...others] = what.addresses;
  try {
    return await exchangeWith(ways, address, { ...what, context });
  } catch (error) {
    if (others.length === 0 || !failedBeforeSending(error)) throw error;
    return exchange(ways, { ...what, addresses: others }, context);
  }
}

async function exchangeWith(
  ways: Ways,
  address: string | undefined,
  { hop, target, turn, event, context }: Exchange & { context: EgressContext },
): Promise<Answer> {
  const { url, method, headers, body } = hop;
  if (address !== undefined) event.address = address;
  const count = (kind: "sent" | "received", bytes: number) => {
    turn.count(bytes);
    event[kind === "sent" ? "sentBytes" : "receivedBytes"] += bytes;
    context.onBytes?.(kind, bytes);
  };
  if (body !== undefined) count("sent", body.length);
  const partition = JSON.stringify([context.domain, credentialPartition(headers)]);
  const response = await poolsFor(ways, target, address)
    .get({ origin: url, address, partition })
    .request({
      path: `${url.pathname}${url.search}`,
      method,
      headers: headers.flat(),
      body: body ?? null,
      signal: context.signal,
      responseHeaders: "raw",
    });
  event.status = response.statusCode;
  const received = pairsOf(response.headers);
  const encodings = received.filter(([name]) => name.toLowerCase() === "content-encoding");
  const isEmpty = method === "HEAD" || NO_BODY_STATUS.has(response.statusCode);
  return {
    status: response.statusCode,
    statusText: response.statusText,
    headers: received,
    body: await readBody(response.body, {
      contentEncoding: isEmpty ? "" : encodings.map(([, value]) => value).join(","),
      limitBytes: context.limits.responseBytes,
      onReceived: (bytes) => count("received", bytes),
      onDecoded: (bytes) => context.onBytes?.("decoded", bytes),
    }),
  };
}

function poolsFor(ways: Ways, target: NetTarget, address: string | undefined): PinnedPools {
  if (ways.proxied !== undefined && ways.route.goesByProxy(target, address)) return ways.proxied;
  if (address === undefined) throw failure("no address is left to try");
  return ways.direct;
}

/** With `responseHeaders: "raw"` undici gives names and values in turn, which its types do not say. */
function pairsOf(raw: unknown): HeaderList {
  const flat = Array.isArray(raw) ? raw.map(String) : [];
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[index * 2] ?? "",
    flat[index * 2 + 1] ?? "",
  ]);
}
