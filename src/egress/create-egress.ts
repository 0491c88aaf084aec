import { isIP } from "node:net";
import { createSecureContext, getCACertificates } from "node:tls";
import type {
  EgressContext,
  EgressEvent,
  EgressFetch,
  EgressRequest,
  EgressResponse,
} from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { netTargetOf, type NetTarget } from "#contract/net-rule.ts";
import { type Exchange, exchange, type Ways } from "./exchange.ts";
import { failure, failureOf } from "./failure.ts";
import { type Hop, nextHop, parseUrl, withoutFragment } from "./hop.ts";
import { createHostMeters, type HostLimits, type HostMeters } from "./host-meters.ts";
import { netGateOf, type NetRefusal, spell } from "./net-gate.ts";
import { createPinnedPools } from "./pinned-pools.ts";
import { createProxyRoute, type EgressProxy } from "./proxy-route.ts";
import { createTunnels } from "./proxy-tunnels.ts";
import { assertMethod, requestHeaders } from "./request-headers.ts";
import { createResolver, type ResolveHost } from "./resolve-host.ts";
import { canonicalAddress } from "./special-range.ts";

/**
 * The one way out for requests to addresses that a customer or author named.
 *
 * 1. Nothing leaves before its target and every address behind it passed the manifest's gate; each redirect is a
 *    new target.
 * 2. A connection goes to an address that was checked for this very request, and its peer is looked at again: what
 *    DNS answers in between changes nothing. Through the operator's proxy the last word is the proxy's.
 * 3. Every decision is reported once, allowed or refused, and every hop once, when it is over.
 * 4. What is held in memory is bounded by the context's limits, compressed bodies included.
 * 5. No secret given for one origin follows a redirect to another; no connection serves two trust domains or two
 *    credentials.
 * 6. TLS is verified, whatever the environment says.
 */
export interface Egress {
  fetch: EgressFetch;
  /** Closes all connections; running requests fail. */
  stop(): Promise<void>;
}

export interface EgressOptions {
  /** Instead of the machine's DNS. */
  resolve?: ResolveHost;
  /** Certificate authorities beside Node's own, PEM. */
  ca?: string;
  proxy?: EgressProxy;
  connectTimeoutMs?: number;
  hostLimits?: HostLimits;
}

const ADDRESSES_TRIED = 3;
const ADDRESSES_CHECKED = 64;
const LOOPBACK = "127.0.0.1";

interface Exit extends Ways {
  resolve: ResolveHost;
  meters: HostMeters;
}

export function createEgress(options: EgressOptions = {}): Egress {
  const { ca, proxy, connectTimeoutMs = LIMITS.fetchConnectMs } = options;
  const connecting = {
    connectTimeoutMs,
    ...(ca === undefined
      ? {}
      : { secureContext: createSecureContext({ ca: [...getCACertificates("default"), ca] }) }),
  };
  const tunnels = proxy === undefined ? undefined : createTunnels({ ...connecting, proxy: proxy.url });
  const exit: Exit = {
    resolve: options.resolve ?? createResolver(),
    meters: createHostMeters(options.hostLimits),
    direct: createPinnedPools(connecting),
    proxied: tunnels === undefined ? undefined : createPinnedPools({ ...connecting, tunnels }),
    route: createProxyRoute(proxy),
  };
  return {
    fetch: (request, context) => withDeadline(exit, request, context),
    async stop() {
      await Promise.all([exit.direct.stop(), exit.proxied?.stop(), tunnels?.stop()]);
    },
  };
}

async function withDeadline(
  exit: Exit,
  request: EgressRequest,
  context: EgressContext,
): Promise<EgressResponse> {
  const { timeoutMs } = context.limits;
  // Not AbortSignal.timeout: its timer would outlive the request, by minutes, thousands of times.
  const controller = new AbortController();
  const cancel = () => controller.abort(context.signal.reason);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    controller.abort();
  }, timeoutMs);
  if (context.signal.aborted) cancel();
  else context.signal.addEventListener("abort", cancel, { once: true });
  try {
    return await follow(exit, request, { ...context, signal: controller.signal });
  } catch (error) {
    if (isRefusal(error)) throw error;
    if (isLate) throw failure(`the request took longer than ${timeoutMs} ms`, error);
    if (!context.signal.aborted) throw error;
    throw new EngineError("step/cancelled", "the request was cancelled", { cause: error });
  } finally {
    clearTimeout(timer);
    context.signal.removeEventListener("abort", cancel);
  }
}

async function follow(exit: Exit, request: EgressRequest, context: EgressContext): Promise<EgressResponse> {
  assertMethod(request.method);
  let hop: Hop = {
    url: parseUrl(request.url),
    method: request.method,
    headers: requestHeaders(request.headers),
    body: request.body,
  };
  if ((hop.body?.length ?? 0) > context.limits.requestBytes) {
    throw failure(
      `the request has ${hop.body?.length} bytes, at most ${context.limits.requestBytes} are sent`,
    );
  }
  for (let hops = 0; ; hops += 1) {
    const response = await send(exit, hop, context);
    const next = request.redirect === "manual" ? undefined : nextHop(hop, response);
    if (next === undefined) return { ...response, url: withoutFragment(hop.url), redirected: hops > 0 };
    if (request.redirect === "error") throw failure(`${hop.url.host} answered with a redirect`);
    if (hops === context.limits.redirects) {
      throw failure(
        `more than ${context.limits.redirects} redirects were followed, the last to ${hop.url.host}`,
      );
    }
    hop = next;
  }
}

/** One hop, and its event. */
async function send(exit: Exit, hop: Hop, context: EgressContext) {
  const target = netTargetOf(hop.url);
  const event: EgressEvent = {
    atMs: Date.now(),
    ...target,
    method: hop.method,
    outcome: "failed",
    sentBytes: 0,
    receivedBytes: 0,
    durationMs: 0,
  };
  const started = performance.now();
  try {
    const answer = await decideAndSend(exit, { hop, target, event }, context);
    event.outcome = "answered";
    return answer;
  } catch (error) {
    if (isRefusal(error)) event.outcome = "refused";
    else if (context.signal.aborted) event.outcome = "cancelled";
    throw failureOf(error, spell(target));
  } finally {
    event.durationMs = performance.now() - started;
    context.onEvent?.(event);
  }
}

async function decideAndSend(
  exit: Exit,
  what: Pick<Exchange, "hop" | "target" | "event">,
  context: EgressContext,
) {
  const { target } = what;
  context.signal.throwIfAborted();
  const addresses = await checkedAddresses(exit, target, context);
  const turn = await exit.meters.enter(context.domain, spell(target), context.signal);
  try {
    return await exchange(exit, { ...what, addresses: addresses.slice(0, ADDRESSES_TRIED), turn }, context);
  } finally {
    turn.leave();
  }
}

/** Addresses that this request may connect to: all that the name has, or none where the proxy looks it up. */
async function checkedAddresses(exit: Exit, target: NetTarget, context: EgressContext): Promise<string[]> {
  const gate = netGateOf(context.permissions);
  const report = (refusal: NetRefusal | undefined, address?: string) =>
    context.onAccess({
      atMs: Date.now(),
      permission: "net",
      value: spell(target),
      granted: refusal === undefined,
      ...(address === undefined ? {} : { address }),
      ...(refusal === undefined ? {} : { reason: refusal.reason }),
    });
  const refuse = (refusal: NetRefusal): never => {
    report(refusal, refusal.address);
    throw new EngineError("step/not-capable", refusal.message);
  };
  const refusedTarget = gate.refuseTarget(target);
  if (refusedTarget !== undefined) return refuse(refusedTarget);
  const addresses = await addressesOf(exit, target, context.signal).catch((error: unknown) => {
    report(undefined);
    throw error;
  });
  const refusedAddress = gate.refuseAddresses(target, addresses);
  if (refusedAddress !== undefined) return refuse(refusedAddress);
  report(undefined, addresses[0]);
  return addresses;
}

async function addressesOf(exit: Exit, target: NetTarget, signal: AbortSignal): Promise<string[]> {
  const { host } = target;
  if (isIP(host) !== 0) return [canonicalAddress(host)];
  if (exit.route.proxyResolves(target)) return isLocalName(host) ? [LOOPBACK] : [];
  const addresses = await unlessAborted(exit.resolve(host), signal).catch((error: unknown) => {
    throw signal.aborted ? error : failure(`the name "${host}" cannot be resolved`, error);
  });
  if (addresses.length === 0) throw failure(`the name "${host}" has no address`);
  // Each is checked, at each request: thousands would cost the worker more than the attacker.
  if (addresses.length > ADDRESSES_CHECKED) {
    throw failure(
      `the name "${host}" has ${addresses.length} addresses, at most ${ADDRESSES_CHECKED} are looked at`,
    );
  }
  return addresses.map(canonicalAddress);
}

/** RFC 6761: these mean the machine that looks them up, which must not be the proxy's. */
function isLocalName(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost");
}

function isRefusal(error: unknown): boolean {
  return error instanceof EngineError && error.code === "step/not-capable";
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
