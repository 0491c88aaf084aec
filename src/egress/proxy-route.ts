import { matchesNetRule, type NetTarget, parseNetRule } from "#contract/net-rule.ts";

/** The operator's proxy, and what does not go by it. */
export interface EgressProxy {
  /** `http:` or `https:`, with user name and password where the proxy wants them. */
  url: URL;
  /** Hosts, addresses and blocks that are connected to directly, in the grammar of `permissions.net`. */
  bypass: readonly string[];
  /** Who looks names up: `local` has every address checked here, `proxy` leaves that to the proxy. */
  dns: "local" | "proxy";
}

/** Whether a request to the target, or to an address behind it, goes by the proxy. */
export function createProxyRoute(proxy: EgressProxy | undefined) {
  const bypass = (proxy?.bypass ?? []).map(parseNetRule);
  const isBypassed = (target: NetTarget) => bypass.some((rule) => matchesNetRule(rule, target));
  return {
    goesByProxy: (target: NetTarget, address?: string): boolean =>
      proxy !== undefined &&
      !isBypassed(target) &&
      (address === undefined || !isBypassed({ host: address, port: target.port })),
    /** Whether the name is the proxy's to look up. */
    proxyResolves: (target: NetTarget): boolean =>
      proxy !== undefined && proxy.dns === "proxy" && !isBypassed(target),
  };
}
export type ProxyRoute = ReturnType<typeof createProxyRoute>;
