import type { Dispatcher } from "undici";
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

/** Of status 1xx, before the answer. */
const INTERIM_RESPONSES = 20;
const NO_BODY_STATUS = new Set([204, 205, 304]);

/** Sends one request and reads its answer. */
export function exchange(ways: Ways, what: Exchange, context: EgressContext): Promise<Answer> {
  const { hop, turn, event } = what;
  const count = (kind: "sent" | "received", bytes: number) => {
    turn.count(bytes);
    event[kind === "sent" ? "sentBytes" : "receivedBytes"] += bytes;
    context.onBytes?.(kind, bytes);
  };
  if (hop.body !== undefined) count("sent", hop.body.length);
  return tryAddresses(what.addresses, async (address) => {
    if (address !== undefined) event.address = address;
    const response = await request(ways, { ...what, address }, context);
    event.status = response.statusCode;
    const headers = pairsOf(response.headers);
    const encodings = headers.filter(([name]) => name.toLowerCase() === "content-encoding");
    const isEmpty = hop.method === "HEAD" || NO_BODY_STATUS.has(response.statusCode);
    const body = await readBody(response.body, {
      contentEncoding: isEmpty ? "" : encodings.map(([, value]) => value).join(","),
      limitBytes: context.limits.responseBytes,
      onReceived: (bytes) => count("received", bytes),
      onDecoded: (bytes) => context.onBytes?.("decoded", bytes),
    });
    return { status: response.statusCode, statusText: response.statusText, headers, body };
  });
}

/** An address that refuses the connection gives way to the next one. */
async function tryAddresses<Value>(
  [address, ...others]: readonly string[],
  run: (address: string | undefined) => Promise<Value>,
): Promise<Value> {
  try {
    return await run(address);
  } catch (error) {
    if (others.length === 0 || !failedBeforeSending(error)) throw error;
    return tryAddresses(others, run);
  }
}

function request(
  ways: Ways,
  { hop, target, address }: Exchange & { address: string | undefined },
  context: EgressContext,
): Promise<Dispatcher.ResponseData> {
  const { url, method, headers, body } = hop;
  const partition = JSON.stringify([context.domain, credentialPartition(headers)]);
  let interim = 0;
  return poolsFor(ways, target, address)
    .get({ origin: url, address, partition })
    .request({
      path: `${url.pathname}${url.search}`,
      method,
      headers: headers.flat(),
      body: body ?? null,
      signal: context.signal,
      responseHeaders: "raw",
      onInfo: () => {
        interim += 1;
        // They count as no body and would go on as long as the request may.
        if (interim > INTERIM_RESPONSES) throw failure(`${url.host}: too many interim responses`);
      },
    });
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
