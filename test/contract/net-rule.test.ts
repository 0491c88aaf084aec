import { expect, test } from "vitest";
import { coversNetRule, matchesNetRule, netTargetOf, parseNetRule } from "#contract/net-rule.ts";

const allows = (rule: string, url: string) => matchesNetRule(parseNetRule(rule), netTargetOf(new URL(url)));

test.each([
  ["api.example.com", "https://api.example.com/x", true],
  ["api.example.com", "http://api.example.com:8080/", true],
  ["API.Example.com.", "https://api.example.com/", true],
  ["api.example.com", "https://API.example.com./", true],
  ["api.example.com", "https://xapi.example.com/", false],
  ["api.example.com", "https://a.api.example.com/", false],
  ["api.example.com:443", "https://api.example.com/", true],
  ["api.example.com:443", "http://api.example.com/", false],
  ["api.example.com:443", "http://api.example.com:443/", true],
  ["*.example.com", "https://a.b.example.com/", true],
  ["*.example.com", "https://example.com/", true],
  ["*.example.com", "https://badexample.com/", false],
  ["*.example.com:8443", "https://a.example.com:8443/", true],
  ["*.example.com:8443", "https://a.example.com/", false],
  ["127.0.0.1", "http://127.0.0.1:3000/", true],
  ["127.0.0.1", "http://127.1:3000/", true],
  ["127.0.0.1", "http://2130706433/", true],
  ["127.0.0.1", "http://0x7f.0.0.1/", true],
  ["127.0.0.1", "http://[::ffff:127.0.0.1]/", true],
  ["127.0.0.1", "http://127.0.0.2/", false],
  ["127.0.0.1", "http://localhost/", false],
  ["[::1]", "http://[::1]/", true],
  ["[::1]:80", "http://[0:0:0:0:0:0:0:1]/", true],
  ["[::1]:81", "http://[::1]/", false],
  ["10.0.0.0/8", "http://10.200.3.4/", true],
  ["10.0.0.0/8", "http://11.0.0.1/", false],
  ["10.0.0.0/8:443", "https://10.0.0.1/", true],
  ["10.0.0.0/8:443", "http://10.0.0.1/", false],
  ["2001:db8::/32", "http://[2001:db8:1::2]/", true],
  ["[2001:db8::/32]:80", "http://[2001:db8:1::2]/", true],
  ["2001:db8::/32", "http://[2001:db9::1]/", false],
  ["xn--bcher-kva.example", "https://bücher.example/", true],
])("rule %s and %s: %s", (rule, url, expected) => {
  expect(allows(rule, url)).toBe(expected);
});

test.each([
  [
    "https://example.com",
    "invalid value 'https://example.com': URLs are not supported, only domains and IPs",
  ],
  ["ftp://example.com", "URLs are not supported"],
  ["::1", "ipv6 addresses must be enclosed in square brackets: '::1'"],
  ["[::g]", "invalid IPv6 address in '[::g]': '::g'"],
  ["[127.0.0.1]", "invalid IPv6 address"],
  ["[::1]x", "invalid host: '[::1]x'"],
  ["example.com:", "invalid empty port in 'example.com:'"],
  ["example.com:http", "invalid port in 'example.com:http': 'http'"],
  ["example.com:65536", "invalid port"],
  ["example.com:0", "invalid port"],
  ["", "invalid empty host: ''"],
  ["*", "invalid host: '*'"],
  ["*.", "invalid empty host: '*.'"],
  ["*.*.com", "invalid host"],
  ["a.*.com", "invalid host"],
  ["*example.com", "invalid host"],
  ["example.com/path", "invalid host"],
  ["user@example.com", "invalid host"],
  ["exa mple.com", "invalid host"],
  ["a..b", "invalid host"],
  ["bücher.example", "invalid host"],
  ["127.1", "invalid host"],
  ["999.1.1.1", "invalid host"],
  ["10.0.0.0/33", "invalid host"],
  ["10.0.0.0/-1", "invalid host"],
  ["10.0.0.0/", "invalid host"],
  ["fe80::1%eth0/64", "invalid host"],
])("rule %j is refused: %s", (rule, message) => {
  expect(() => parseNetRule(rule)).toThrow(message);
});

test.each([
  ["example.com", "example.com:443", true],
  ["example.com:443", "example.com", false],
  ["*.example.com", "example.com", true],
  ["*.example.com", "*.a.example.com", true],
  ["*.a.example.com", "*.example.com", false],
  ["example.com", "*.example.com", false],
  ["10.0.0.0/8", "10.1.0.0/16", true],
  ["10.0.0.0/8", "10.1.2.3:80", true],
  ["10.1.0.0/16", "10.0.0.0/8", false],
  ["127.0.0.1", "127.0.0.1:9000", true],
  ["10.0.0.0/8", "example.com", false],
  ["example.com", "10.0.0.1", false],
])("%s covers %s: %s", (outer, inner, expected) => {
  expect(coversNetRule(parseNetRule(outer), parseNetRule(inner))).toBe(expected);
});
