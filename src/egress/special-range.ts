import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** Addresses that `ipaddr.js` takes for public ones. */
const EXTRA: [name: string, cidr: string][] = [
  // Azure's metadata and DNS service: a public address that only leads inside.
  ["metadata", "168.63.129.16/32"],
  // IPv4-compatible addresses, deprecated: some stacks still send them to the IPv4 address within.
  ["IPv4-compatible", "::/96"],
];
const EXTRA_BLOCKS = EXTRA.map(([name, cidr]) => ({ name, block: ipaddr.parseCIDR(cidr) }));
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/**
 * The name of the special range that an address lies in (private, loopback, link-local, metadata, reserved, a
 * tunnel to an IPv4 address …), or undefined for a public one. What is not known to be public is special.
 */
export function specialRangeOf(address: string): string | undefined {
  const ip = parseAddress(address);
  if (ip === undefined) return "invalid";
  const extra = EXTRA_BLOCKS.find(({ block }) => block[0].kind() === ip.kind() && ip.match(block));
  if (extra !== undefined) return extra.name;
  const range = ip.range();
  if (range !== "unicast") return range;
  return ip.kind() === "ipv6" && !ip.match(GLOBAL_IPV6) ? "reserved" : undefined;
}

/** One spelling per address, IPv4-mapped ones as IPv4. */
export function canonicalAddress(address: string): string {
  return parseAddress(address)?.toString() ?? address;
}

/** IPv4-mapped addresses become the IPv4 address they mean. */
function parseAddress(address: string) {
  // `ipaddr.js` reads `::8.8.8.8` as if it were mapped; in hexadecimal digits it does not.
  const inHex = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? address;
  return isIP(inHex) === 0 ? undefined : ipaddr.process(inHex);
}
