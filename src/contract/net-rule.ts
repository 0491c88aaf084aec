import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { EngineError } from "./errors.ts";

/**
 * One entry of `permissions.net`, in Deno's grammar: `host`, `host:port`, `*.host` (the apex too), an IPv4 address,
 * `[IPv6]`, `[IPv6]:port`, a CIDR block. No port means any. Names are lower-cased, a trailing dot is dropped.
 */
export interface NetRule {
  text: string;
  host:
    | { type: "name"; name: string }
    | { type: "subdomains"; apex: string }
    | { type: "network"; address: string; prefix: number; block: BlockList };
  port: number | undefined;
}

/** A host as `URL` gives it, in lower case and without brackets or trailing dot, and the port it means. */
export interface NetTarget {
  host: string;
  port: number;
}

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** Throws `request/definition-refused` with Deno's sentence. */
export function parseNetRule(text: string): NetRule {
  if (text.includes("://")) {
    throw refusal(`invalid value '${text}': URLs are not supported, only domains and IPs`);
  }
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, inside = "", port] = bracketed;
    if (!isIPv6(inside.split(/[%/]/)[0] ?? "")) {
      throw refusal(`invalid IPv6 address in '${text}': '${inside}'`);
    }
    return { text, host: networkOf(text, inside), port: portOf(text, port) };
  }
  if (text.startsWith("[")) throw refusal(`invalid host: '${text}'`);
  const colons = text.split(":").length - 1;
  if (colons > 1 && text.includes("/")) return { text, host: networkOf(text, text), port: undefined };
  if (colons > 1) throw refusal(`ipv6 addresses must be enclosed in square brackets: '${text}'`);
  const [host = "", port] = text.split(":");
  const isAddress = host.includes("/") || isIPv4(host);
  return { text, host: isAddress ? networkOf(text, host) : nameOf(text, host), port: portOf(text, port) };
}

/**
 * `host` or `host:port` of a permission query: as a rule, but it speaks of one host. Throws
 * `request/definition-refused` with Deno's sentence.
 */
export function parseNetQuery(text: string): { host: string; port: number | undefined } {
  const { host, port } = parseNetRule(text);
  if (host.type === "name") return { host: host.name, port };
  const isAddress = host.type === "network" && host.prefix === (isIPv6(host.address) ? 128 : 32);
  if (!isAddress) throw refusal(`invalid host: '${text}'`);
  return { host: host.address, port };
}

/** What a URL asks for. Its host was normalised by the URL parser. */
export function netTargetOf(url: URL): NetTarget {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  const port = url.port === "" ? (url.protocol === "https:" ? 443 : 80) : Number(url.port);
  return { host, port };
}

/**
 * Whether the rule speaks of the target; a target without a port is matched by rules without one, as in Deno. Rules of
 * addresses match addresses only, never names behind them.
 */
export function matchesNetRule(rule: NetRule, target: { host: string; port: number | undefined }): boolean {
  if (rule.port !== undefined && rule.port !== target.port) return false;
  if (rule.host.type === "network") return isInBlock(rule.host.block, target.host);
  if (rule.host.type === "name") return rule.host.name === target.host;
  return target.host === rule.host.apex || target.host.endsWith(`.${rule.host.apex}`);
}

/** Whether everything that `inner` allows is allowed by `outer` too. */
export function coversNetRule(outer: NetRule, inner: NetRule): boolean {
  if (outer.port !== undefined && outer.port !== inner.port) return false;
  const { host } = inner;
  if (host.type === "network") {
    return (
      outer.host.type === "network" &&
      outer.host.prefix <= host.prefix &&
      isInBlock(outer.host.block, host.address)
    );
  }
  if (outer.host.type === "network") return false;
  if (host.type === "name") {
    return matchesNetRule({ ...outer, port: undefined }, { host: host.name, port: 0 });
  }
  return (
    outer.host.type === "subdomains" &&
    (host.apex === outer.host.apex || host.apex.endsWith(`.${outer.host.apex}`))
  );
}

/** What both rules allow, as one rule; undefined where it is nothing. */
export function intersectNetRules(one: NetRule, other: NetRule): NetRule | undefined {
  if (one.port !== undefined && other.port !== undefined && one.port !== other.port) return undefined;
  const port = one.port ?? other.port;
  const anyPort = (rule: NetRule): NetRule => ({ ...rule, port: undefined });
  const narrower = coversNetRule(anyPort(one), anyPort(other))
    ? other
    : coversNetRule(anyPort(other), anyPort(one))
      ? one
      : undefined;
  if (narrower === undefined) return undefined;
  return { text: spellNetRule(narrower.host, port), host: narrower.host, port };
}

/** The rule's one spelling: `*.example.com:443`, `[::1]:80`, `10.0.0.0/8`. */
export function spellNetRule(host: NetRule["host"], port: number | undefined): string {
  const text = spellHost(host);
  if (port === undefined) return text;
  return `${text}:${port}`;
}

function spellHost(host: NetRule["host"]): string {
  if (host.type === "name") return host.name;
  if (host.type === "subdomains") return `*.${host.apex}`;
  const isV6 = isIPv6(host.address);
  const block = host.prefix === (isV6 ? 128 : 32) ? host.address : `${host.address}/${host.prefix}`;
  return isV6 ? `[${block}]` : block;
}

function isInBlock(block: BlockList, host: string): boolean {
  const address = withoutMapping(host);
  const family = isIP(address);
  return family !== 0 && block.check(address, family === 6 ? "ipv6" : "ipv4");
}

/** An IPv4-mapped IPv6 address as the IPv4 address that it means, anything else as it is. */
function withoutMapping(address: string): string {
  const spelt = isIPv6(address) ? (URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? "") : "";
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(spelt);
  if (mapped === null) return address;
  const [high = 0, low = 0] = mapped.slice(1).map((part) => Number.parseInt(part, 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function networkOf(text: string, address: string): NetRule["host"] {
  const [written = "", prefixText] = address.split("/");
  // As Deno does: the zone of a link-local address is passed over.
  const ip = prefixText === undefined ? written.replace(/%.*$/s, "") : written;
  const family = isIP(ip);
  const bits = family === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  const isPrefix = prefixText === undefined || (/^\d{1,3}$/.test(prefixText) && prefix <= bits);
  if (family === 0 || !isPrefix || ip.includes("%")) throw refusal(`invalid host: '${text}'`);
  const unmapped = withoutMapping(ip);
  if (unmapped === ip) return blockOf(ip, prefix);
  // A block wider than all mapped addresses stays what it is: it names more than IPv4.
  return prefix < MAPPED_PREFIX ? blockOf(ip, prefix) : blockOf(unmapped, prefix - MAPPED_PREFIX);
}
const MAPPED_PREFIX = 96;

function blockOf(address: string, prefix: number): NetRule["host"] {
  const block = new BlockList();
  block.addSubnet(address, prefix, isIPv6(address) ? "ipv6" : "ipv4");
  return { type: "network", address, prefix, block };
}

function nameOf(text: string, host: string): NetRule["host"] {
  const isWildcard = host.startsWith("*.");
  const name = host
    .slice(isWildcard ? 2 : 0)
    .toLowerCase()
    .replace(/\.$/, "");
  if (name === "") throw refusal(`invalid empty host: '${text}'`);
  const labels = name.split(".");
  // A name that ends in a number is an address to every URL parser: `127.1`.
  const isName = labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "");
  if (!isName || name.length > 253) throw refusal(`invalid host: '${text}'`);
  return isWildcard ? { type: "subdomains", apex: name } : { type: "name", name };
}

function portOf(text: string, port: string | undefined): number | undefined {
  if (port === undefined) return undefined;
  if (port === "") throw refusal(`invalid empty port in '${text}'`);
  const value = Number(port);
  if (!/^\d{1,5}$/.test(port) || value < 1 || value > 65_535) {
    throw refusal(`invalid port in '${text}': '${port}'`);
  }
  return value;
}

function refusal(message: string): EngineError {
  return new EngineError("request/definition-refused", message, { field: "permissions.net" });
}
