import { isIP } from "node:net";
import type { EgressContext, EgressFetch, EgressRequest, EgressResponse } from "#contract/egress.ts";
import { EngineError } from "#contract/errors.ts";
import { netTargetOf, type NetTarget } from "#contract/net-rule.ts";
import { failedBeforeSending, failure, failureOf } from "./failure.ts";
import { netGateOf, type NetRefusal, spell } from "./net-gate.ts";
import { createPinnedPools, type PinnedPools } from "./pinned-pools.ts";
import { readBody } from "./read-body.ts";
import { assertMethod, type HeaderList, requestHeaders, without } from "./request-headers.ts";
import { createResolver, type ResolveHost } from "./resolve-host.ts";
import { canonicalAddress } from "./special-range.ts";

/**
 * The one way out for requests to addresses that a customer or author named.
 *
 * 1. Nothing leaves before its target and every address behind it passed the manifest's gate; each redirect is a
 *    new target.
 * 2. A connection goes to an address that was checked for this very request, and its peer is looked at again: what
 *    DNS answers in between changes nothing.
 * 3. Every decision is reported once, allowed or refused.
 * 4. What is held in memory is bounded by the context's limits, compressed bodies included.
 * 5. No secret given for one origin follows a redirect to another.
 */
export interface Egress {
  fetch: EgressFetch;
  /** Closes all connections; running requests fail. */
  stop(): Promise<void>;
}

export interface EgressOptions {
  /** Instead of the machine's DNS. */
  resolve?: ResolveHost;
  /** Additional certificate authorities, PEM. */
  ca?: string;
  connectTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const ADDRESSES_TRIED = 3;
const BODY_HEADERS = ["content-encoding", "content-language", "content-location", "content-type"];
const ORIGIN_SECRETS = ["authorization", "cookie", "proxy-authorization"];
const NO_BODY_STATUS = new Set([204, 205, 304]);

interface Exit {
  resolve: ResolveHost;
  pools: PinnedPools;
}

/** One request of a chain of redirects. */
interface Hop {
  url: URL;
  method: string;
  headers: HeaderList;
  body: Uint8Array | undefined;
}

export function createEgress(options: EgressOptions = {}): Egress {
  const pools = createPinnedPools({
    connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  const exit = { resolve: options.resolve ?? createResolver(), pools };
  return {
    fetch: async (request, context) => {
      try {
        return await follow(exit, request, context);
      } catch (error) {
        if (!context.signal.aborted || isRefusal(error)) throw error;
        throw new EngineError("step/cancelled", "the request was cancelled", { cause: error });
      }
    },
    stop: () => pools.stop(),
  };
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

/** Decides, connects, sends, reads. */
async function send(exit: Exit, hop: Hop, context: EgressContext) {
  context.signal.throwIfAborted();
  const target = netTargetOf(hop.url);
  const addresses = await checkedAddresses(exit, target, context);
  try {
    return await sendToFirst(exit, { hop, addresses: addresses.slice(0, ADDRESSES_TRIED) }, context);
  } catch (error) {
    throw failureOf(error, spell(target));
  }
}

/** Addresses that this request may connect to: all that the name has, or none. */
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

async function addressesOf(exit: Exit, { host }: NetTarget, signal: AbortSignal): Promise<string[]> {
  if (isIP(host) !== 0) return [canonicalAddress(host)];
  const addresses = await unlessAborted(exit.resolve(host), signal).catch((error: unknown) => {
    throw signal.aborted ? error : failure(`the name "${host}" cannot be resolved`, error);
  });
  if (addresses.length === 0) throw failure(`the name "${host}" has no address`);
  return addresses.map(canonicalAddress);
}

async function sendToFirst(
  exit: Exit,
  { hop, addresses }: { hop: Hop; addresses: string[] },
  context: EgressContext,
): Promise<Omit<EgressResponse, "url" | "redirected">> {
  const [address, ...others] = addresses;
  if (address === undefined) throw failure("no address is left to try");
  try {
    return await sendTo(exit.pools, { hop, address }, context);
  } catch (error) {
    if (others.length === 0 || !failedBeforeSending(error)) throw error;
    return sendToFirst(exit, { hop, addresses: others }, context);
  }
}

async function sendTo(
  pools: PinnedPools,
  { hop, address }: { hop: Hop; address: string },
  { limits, signal }: EgressContext,
): Promise<Omit<EgressResponse, "url" | "redirected">> {
  const { url, method, headers, body } = hop;
  const response = await pools.get(url, address).request({
    path: `${url.pathname}${url.search}`,
    method,
    headers: headers.flat(),
    body: body === undefined ? null : body,
    signal,
    responseHeaders: "raw",
  });
  const received = pairsOf(response.headers);
  const encodings = received.filter(([name]) => name.toLowerCase() === "content-encoding");
  const isEmpty = method === "HEAD" || NO_BODY_STATUS.has(response.statusCode);
  return {
    status: response.statusCode,
    statusText: response.statusText,
    headers: received,
    body: await readBody(
      response.body,
      isEmpty ? "" : encodings.map(([, value]) => value).join(","),
      limits.responseBytes,
    ),
  };
}

/** With `responseHeaders: "raw"` undici gives names and values in turn, which its types do not say. */
function pairsOf(raw: unknown): HeaderList {
  const flat = Array.isArray(raw) ? raw.map(String) : [];
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    flat[index * 2] ?? "",
    flat[index * 2 + 1] ?? "",
  ]);
}

/** What a redirect asks for, or undefined where the response is none. As in the Fetch standard, "HTTP-redirect fetch". */
function nextHop(hop: Hop, { status, headers }: Pick<EgressResponse, "status" | "headers">): Hop | undefined {
  const location = headers.find(([name]) => name.toLowerCase() === "location")?.[1];
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const url = parseUrl(location, hop.url);
  const becomesGet =
    (status === 303 && hop.method !== "GET" && hop.method !== "HEAD") ||
    ((status === 301 || status === 302) && hop.method === "POST");
  const dropped = [
    ...(becomesGet ? BODY_HEADERS : []),
    ...(url.origin === hop.url.origin ? [] : ORIGIN_SECRETS),
  ];
  return {
    url,
    method: becomesGet ? "GET" : hop.method,
    headers: without(hop.headers, dropped),
    body: becomesGet ? undefined : hop.body,
  };
}

function parseUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base);
  if (url === null) throw failure(`"${text}" is not a URL`);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw failure(`"${url.protocol}" URLs cannot be fetched, only http: and https:`);
  }
  if (url.username !== "" || url.password !== "") {
    throw failure("a URL with a user name or password cannot be fetched; send an Authorization header");
  }
  return url;
}

function withoutFragment(url: URL): string {
  const copy = new URL(url);
  copy.hash = "";
  return copy.href;
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
