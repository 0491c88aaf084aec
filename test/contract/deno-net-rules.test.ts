import { expect, test } from "vitest";
import {
  intersectNetRules,
  matchesNetRule,
  parseNetQuery,
  parseNetRule,
  spellNetRule,
} from "#contract/net-rule.ts";
import { queryPermission } from "#contract/query-permission.ts";

/**
 * The cases of Deno 2.9's `runtime/permissions/lib.rs` for hosts, written anew. Each row names the rule it stands
 * for; where this product differs on purpose, the row says so.
 */
const REFUSED = undefined;

test.each([
  // rule of the grammar, text, its one spelling
  ["a name", "deno.land", "deno.land"],
  ["a name is lower-cased", "DENO.land", "deno.land"],
  ["one trailing dot is dropped", "deno.land.", "deno.land"],
  ["two trailing dots are no name", "deno.land..", REFUSED],
  ["no leading dot", ".deno.land", REFUSED],
  ["no space in a name", "deno. land", REFUSED],
  ["no space before a port", "deno.land.: a", REFUSED],
  ["a name with a port", "deno.land:8000", "deno.land:8000"],
  ["an empty port", "deno.land:", REFUSED],
  ["a port is a number", "deno.land:a", REFUSED],
  ["a port is at most 65535", "deno.land:65536", REFUSED],
  ["a port has no sign", "deno.land:-1", REFUSED],
  ["differs: port 0 is none", "deno.land:0", REFUSED],
  ["sub-domains", "*.deno.land", "*.deno.land"],
  ["sub-domains with a port", "*.deno.land:443", "*.deno.land:443"],
  ["sub-domains are lower-cased", "*.Deno.LAND.", "*.deno.land"],
  ["a star stands alone before its dot", "*deno.land", REFUSED],
  ["a star stands first", "a.*.land", REFUSED],
  ["one star", "*.*.land", REFUSED],
  ["a star needs a name", "*.", REFUSED],
  ["nothing is no host", "", REFUSED],
  ["differs: a port alone is no host", ":80", REFUSED],
  ["IPv4", "1.1.1.1", "1.1.1.1"],
  ["IPv4 with a port", "1.1.1.1:8000", "1.1.1.1:8000"],
  ["IPv4 has no trailing dot", "1.1.1.1.", REFUSED],
  ["IPv4 has no trailing dots", "1.1.1.1..", REFUSED],
  ["no space in IPv4", "1. 1.1.1", REFUSED],
  ["IPv6 in brackets", "[::1]", "[::1]"],
  ["IPv6 in brackets, unspecified", "[::]", "[::]"],
  ["IPv6 in brackets with a port", "[::1]:443", "[::1]:443"],
  ["IPv6 in brackets, empty port", "[::1]:", REFUSED],
  ["IPv6 in brackets, port no number", "[::1]:a", REFUSED],
  ["IPv6 in brackets, anything else after them", "[::1]80", REFUSED],
  ["IPv6 without brackets", "::1", REFUSED],
  ["IPv6 without brackets, unspecified", "::", REFUSED],
  ["IPv6 without brackets, with what may be a port", ":::80", REFUSED],
  ["IPv6 without brackets, with what may be a part", "::80", REFUSED],
  ["an opening bracket alone", "[::1", REFUSED],
  ["a closing bracket alone", "::1]", REFUSED],
  ["IPv4 in brackets", "[1.1.1.1]", REFUSED],
  ["a zone is passed over, by number", "[fe80::1%18]:1234", "[fe80::1]:1234"],
  ["a zone is passed over, by name", "[fe80::1%eth0]:8080", "[fe80::1]:8080"],
  ["a zone is passed over, without port", "[fe80::1%eth0]", "[fe80::1]"],
  ["differs: a zone is not passed over in a block", "[fe80::1%eth0/64]", REFUSED],
  ["IPv4-mapped IPv6 is IPv4", "[::ffff:1.1.1.1]", "1.1.1.1"],
  ["IPv4-mapped IPv6 is IPv4, with a port", "[::ffff:7f00:1]:8080", "127.0.0.1:8080"],
  ["a block", "10.0.0.0/24", "10.0.0.0/24"],
  ["a block of one", "10.0.0.1/32", "10.0.0.1"],
  ["a block may begin within", "10.1.2.3/8", "10.1.2.3/8"],
  ["a block's prefix fits its family", "10.0.0.0/33", REFUSED],
  ["a block's prefix is a number", "10.0.0.0/x", REFUSED],
  ["a name has no prefix", "deno.land/8", REFUSED],
  ["a block with a port", "10.0.0.0/8:443", "10.0.0.0/8:443"],
  ["differs: IPv6 blocks can be written", "[2001:db8::/32]", "[2001:db8::/32]"],
  ["differs: IPv6 blocks can have a port", "[2001:db8::/32]:443", "[2001:db8::/32]:443"],
  ["differs: IPv6 blocks need no brackets", "2001:db8::/32", "[2001:db8::/32]"],
  ["differs: a mapped block is a block of IPv4", "[::ffff:10.0.0.0/104]", "10.0.0.0/8"],
  ["differs: a wider block than the mapped ones stays IPv6", "[::ffff:0:0/95]", "[::ffff:0:0/95]"],
  ["an http URL", "http://deno.land", REFUSED],
  ["an https URL", "https://deno.land/", REFUSED],
  ["a path", "deno.land/std", REFUSED],
  ["a user", "me@deno.land", REFUSED],
  ["differs: sockets of the machine do not exist here", "unix:/var/run/docker.sock", REFUSED],
  ["differs: vsock does not exist here", "vsock:1:2", REFUSED],
  ["differs: a short IPv4 address is no name", "127.1", REFUSED],
  ["differs: a number is no name", "2130706433", REFUSED],
  ["differs: a hexadecimal address is no name", "0x7f.1", REFUSED],
])("%s: %j is %j", (_rule, text, spelling) => {
  if (spelling === REFUSED) return expect(() => parseNetRule(text)).toThrow();
  const { host, port } = parseNetRule(text);
  expect(spellNetRule(host, port)).toBe(spelling);
  expect(parseNetRule(spelling)).toMatchObject({ port, host: { type: host.type } });
});

test.each([
  [
    "http URL",
    "http://deno.land",
    "invalid value 'http://deno.land': URLs are not supported, only domains and IPs",
  ],
  ["IPv6 without brackets", "fe80::1", "ipv6 addresses must be enclosed in square brackets: 'fe80::1'"],
  ["no IPv6 in brackets", "[:g]:80", "invalid IPv6 address in '[:g]:80': ':g'"],
  ["port", "deno.land:x", "invalid port in 'deno.land:x': 'x'"],
  ["empty port", "deno.land:", "invalid empty port in 'deno.land:'"],
  ["text after brackets", "[::1]x", "invalid host: '[::1]x'"],
  ["empty host", "", "invalid empty host: ''"],
])("Deno's sentence for %s", (_rule, text, sentence) => {
  expect(() => parseNetRule(text)).toThrow(expect.objectContaining({ message: sentence }));
});

const ALLOWED = [
  "localhost",
  "deno.land",
  "github.com:3000",
  "127.0.0.1",
  "172.16.0.2:8000",
  "www.github.com:443",
  "80.example.com:80",
  "443.example.com:443",
  "*.discord.gg",
  "10.0.0.0/24",
  "[::ffff:10.9.0.1]",
  "[2001:db8::1]:53",
].map(parseNetRule);

test.each([
  ["no port in the rule is any port", "localhost", 1234, true],
  ["no port in the rule is any port", "deno.land", 3000, true],
  ["another name is not matched", "deno.lands", 3000, false],
  ["another top-level domain is not matched", "deno.lan", 3000, false],
  ["a port is matched", "github.com", 3000, true],
  ["another port is not matched", "github.com", 2000, false],
  ["a rule with a port needs one", "github.com", undefined, false],
  ["a target without a port is matched by a rule without one", "deno.land", undefined, true],
  ["another name with the port is not matched", "github.net", 3000, false],
  ["IPv4, any port", "127.0.0.1", 3000, true],
  ["another IPv4 address", "127.0.0.2", 3000, false],
  ["IPv4 with its port", "172.16.0.2", 8000, true],
  ["IPv4 with another port", "172.16.0.2", 6000, false],
  ["another IPv4 address with the port", "172.16.0.1", 8000, false],
  ["a number in a name is no port", "443.example.com", 444, false],
  ["a number in a name and its port", "80.example.com", 80, true],
  ["the apex of sub-domains", "discord.gg", 0, true],
  ["a sub-domain", "foo.discord.gg", 0, true],
  ["a sub-domain's sub-domain", "a.foo.discord.gg", 443, true],
  ["a name that ends like the apex", "notdiscord.gg", 443, false],
  ["what nobody names", "somedomain", 0, false],
  ["what nobody names, IPv4", "192.168.0.1", 0, false],
  ["inside a block", "10.0.0.255", 443, true],
  ["outside a block", "10.0.1.0", 443, false],
  ["a mapped rule matches IPv4", "10.9.0.1", 443, true],
  ["a mapped rule matches the mapped address", "::ffff:10.9.0.1", 443, true],
  ["a rule of IPv4 matches the mapped address", "::ffff:7f00:1", 443, true],
  ["IPv6 with its port", "2001:db8:0:0::1", 53, true],
  ["IPv6 with another port", "2001:db8::1", 54, false],
  ["loopback of IPv6 is not that of IPv4", "::1", 443, false],
])("%s: %s port %s: %s", (...[, host, port, expected]) => {
  expect(ALLOWED.some((rule) => matchesNetRule(rule, { host, port }))).toBe(expected);
});

test.each([
  ["a name", "Deno.land.", { host: "deno.land", port: undefined }],
  ["a name with a port", "deno.land:80", { host: "deno.land", port: 80 }],
  ["IPv6", "[::1]:80", { host: "::1", port: 80 }],
  ["mapped IPv6", "[::ffff:1.1.1.1]", { host: "1.1.1.1", port: undefined }],
  ["no sub-domains in a query", "*.deno.land", REFUSED],
  ["differs: no block in a query", "10.0.0.0/8", REFUSED],
  ["no URL in a query", "https://deno.land", REFUSED],
])("a query asks for %s: %j", (_rule, text, expected) => {
  if (expected === REFUSED) return expect(() => parseNetQuery(text)).toThrow();
  expect(parseNetQuery(text)).toEqual(expected);
});

test.each([
  ["equal", "a.com:443", "a.com:443", "a.com:443"],
  ["the port of one of them", "a.com", "a.com:443", "a.com:443"],
  ["two ports", "a.com:80", "a.com:443", undefined],
  ["a name under sub-domains", "*.a.com:443", "x.a.com", "x.a.com:443"],
  ["the narrower sub-domains", "*.a.com", "*.x.a.com", "*.x.a.com"],
  ["sub-domains side by side", "*.a.com", "*.b.com", undefined],
  ["the smaller block", "10.0.0.0/8", "10.2.0.0/16", "10.2.0.0/16"],
  ["blocks side by side", "10.1.0.0/16", "10.2.0.0/16", undefined],
  ["an address in a block, with its port", "10.0.0.0/8", "10.1.2.3:80", "10.1.2.3:80"],
  ["a block's port", "10.0.0.0/8:80", "10.1.2.3", "10.1.2.3:80"],
  ["IPv6", "[2001:db8::/32]", "[2001:db8::1]", "[2001:db8::1]"],
  ["the families are apart", "0.0.0.0/0", "[::1]", undefined],
  ["a name and an address", "a.com", "10.0.0.1", undefined],
])("%s: %s and %s allow %s together, in either order", (...[, one, other, expected]) => {
  expect(intersectNetRules(parseNetRule(one), parseNetRule(other))?.text).toBe(expected);
  expect(intersectNetRules(parseNetRule(other), parseNetRule(one))?.text).toBe(expected);
});

test.each<[rule: string, allow: true | string[], deny: string[], asked: string | undefined, state: string]>([
  ["deny beats allow", ["a.com"], ["a.com"], "a.com", "denied"],
  ["deny beats allow, with a port", ["a.com"], ["a.com"], "a.com:80", "denied"],
  ["a denied port leaves the others", ["a.com"], ["a.com:80"], "a.com:81", "granted"],
  ["a denied port is denied", ["a.com"], ["a.com:80"], "a.com:80", "denied"],
  ["a denied port does not deny the name", ["a.com"], ["a.com:80"], "a.com", "granted"],
  ["differs: a denied name with an allowed port", ["a.com:80"], ["a.com"], "a.com:80", "denied"],
  ["a denied sub-domain", ["*.a.com"], ["x.a.com"], "x.a.com", "denied"],
  ["a denied sub-domain leaves the others", ["*.a.com"], ["x.a.com"], "y.a.com", "granted"],
  ["differs: an allowed name under denied ones", ["x.a.com"], ["*.a.com"], "x.a.com", "denied"],
  ["differs: a denied block within an allowed one", ["10.0.0.0/8"], ["10.1.0.0/16"], "10.1.0.1", "denied"],
  ["a denied block leaves what is beside it", ["10.0.0.0/8"], ["10.1.0.0/16"], "10.2.0.1", "granted"],
  ["differs: an allowed address in a denied block", ["10.1.0.1"], ["10.0.0.0/8"], "10.1.0.1", "denied"],
  ["an allowed block in a denied one", ["10.1.0.0/16"], ["10.0.0.0/8"], "10.1.0.1", "denied"],
  ["anything but a name", true, ["a.com"], "a.com", "denied"],
  ["anything but a name: others", true, ["a.com"], "b.com", "granted"],
  ["anything but a name: the whole", true, ["a.com"], undefined, "granted partial"],
  ["anything: the whole", true, [], undefined, "granted"],
  ["a list: the whole", ["a.com"], [], undefined, "denied"],
  [
    "differs: a denied name, its sub-domains' port allowed",
    ["*.a.com:443"],
    ["x.a.com"],
    "x.a.com:443",
    "denied",
  ],
  ["a denied address, mapped", ["[::ffff:10.0.0.1]"], ["10.0.0.1"], "[::ffff:10.0.0.1]", "denied"],
])("%s", (...[, allow, deny, asked, expected]) => {
  const query = { name: "net", ...(asked === undefined ? {} : { host: asked }) };
  const { state, partial } = queryPermission({ net: { allow, deny } }, query);
  expect(`${state}${partial ? " partial" : ""}`).toBe(expected);
});
