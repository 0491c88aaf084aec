import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

/** Addresses that `ipaddr.js` takes for public ones. */
const EXTRA: [name: string, cidr: string][] = [
  // Azure's metadata and DNS service: a public address that only leads inside.
  ["metadata", "168.63.129.16/32"],
  // IPv4-compatible addresses, deprecated: some stacks still send them to the IPv4 address within.
  ["IPv4-compatible", "::/96"],
];
const EXTRA_BLOCKS = EXTRA.map(([name, cidr]) => ({ name, block: ipaddr.parseCIDR(cidr) }));
/** Interface identifiers that hold an IPv4 address to which the packet is tunnelled (ISATAP, RFC 5214). */
const ISATAP = new Set([0x0000_5efe, 0x0200_5efe]);
const OWN_KEPT_MS = 10_000;
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

/**
 * The name of the special range that an address lies in (private, loopback, link-local, metadata, reserved, a
 * tunnel to an IPv4 address …), or undefined for a public one. What is not known to be public is special, and so is
 * an address of this very machine: its services that listen there are not behind its firewall for it.
 */
export function specialRangeOf(
  address: string,
  own: ReadonlySet<string> = ownAddresses(),
): string | undefined {
  const ip = parseAddress(address);
  if (ip === undefined) return "invalid";
  const extra = EXTRA_BLOCKS.find(({ block }) => block[0].kind() === ip.kind() && ip.match(block));
  if (extra !== undefined) return extra.name;
  const range = ip.range();
  if (range !== "unicast") return range;
  if (ip.kind() === "ipv6" && !ip.match(GLOBAL_IPV6)) return "reserved";
  if (isIsatap(ip.toByteArray())) return "ISATAP";
  return own.has(ip.toString()) ? "own" : undefined;
}

function isIsatap(bytes: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(8, 12);
  return bytes.length === 16 && ISATAP.has(a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d);
}

let known: { atMs: number; addresses: ReadonlySet<string> } | undefined;

function ownAddresses(): ReadonlySet<string> {
  const atMs = Date.now();
  if (known === undefined || atMs - known.atMs > OWN_KEPT_MS) {
    const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
    known = { atMs, addresses: new Set(addresses.map(({ address }) => canonicalAddress(address))) };
  }
  return known.addresses;
}

/**
 * Services that hand out a machine's own credentials to whoever asks, and the link that they live on. Nobody's
 * integration has business there.
 */
const NEVER: readonly string[] = [
  "169.254.0.0/16", // AWS, Azure, Google, Oracle and most others
  "168.63.129.16/32", // Azure
  "100.100.100.200/32", // Alibaba
  "192.0.0.192/32", // Oracle
  "fe80::/10",
  "fd00:ec2::254/128", // AWS
  "fd20:ce::254/128", // Google
];
const NEVER_BLOCKS = NEVER.map((cidr) => ipaddr.parseCIDR(cidr));

/** Whether an address is refused whatever rules say. */
export function isNeverAllowed(address: string): boolean {
  const ip = parseAddress(address);
  return ip !== undefined && NEVER_BLOCKS.some((block) => block[0].kind() === ip.kind() && ip.match(block));
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
