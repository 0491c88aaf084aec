import { expect, test } from "vitest";
import { canonicalAddress, specialRangeOf } from "#egress/special-range.ts";

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["0.0.0.0", "unspecified"],
  ["0.1.2.3", "unspecified"],
  ["10.0.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "carrierGradeNat"],
  ["169.254.169.254", "linkLocal"],
  ["168.63.129.16", "metadata"],
  ["192.0.0.192", "reserved"],
  ["192.0.2.1", "reserved"],
  ["198.18.0.1", "reserved"],
  ["224.0.0.1", "multicast"],
  ["240.0.0.1", "reserved"],
  ["255.255.255.255", "broadcast"],
  ["::", "IPv4-compatible"],
  ["::1", "IPv4-compatible"],
  ["::127.0.0.1", "IPv4-compatible"],
  ["::8.8.8.8", "IPv4-compatible"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:a00:1", "private"],
  ["::ffff:0:127.0.0.1", "rfc6145"],
  ["64:ff9b::7f00:1", "rfc6052"],
  ["64:ff9b:1::7f00:1", "rfc6052"],
  ["2002:7f00:1::", "6to4"],
  ["2001:0:1::1", "teredo"],
  ["2001:db8::1", "reserved"],
  ["fc00::1", "uniqueLocal"],
  ["fd00:ec2::254", "uniqueLocal"],
  ["fe80::1", "linkLocal"],
  ["fec0::1", "deprecatedSiteLocal"],
  ["ff02::1", "multicast"],
  ["100::1", "discard"],
  ["5f00::1", "segmentRouting"],
  ["4000::1", "reserved"],
  ["2620:0:1234:1::5efe:a00:1", "ISATAP"],
  ["2620:0:1234:1:200:5efe:808:808", "ISATAP"],
  ["192.88.99.1", "reserved"],
  ["100.100.100.200", "carrierGradeNat"],
  ["fd20:ce::254", "uniqueLocal"],
  ["not an address", "invalid"],
])("%s is special: %s", (address, range) => {
  expect(specialRangeOf(address)).toBe(range);
});

test.each([
  "8.8.8.8",
  "140.82.112.3",
  "168.63.129.17",
  "2606:4700::1111",
  "2a00:1450:4001::1",
  "::ffff:8.8.8.8",
])("%s is public", (address) => {
  expect(specialRangeOf(address)).toBeUndefined();
});

test("an address has one spelling", () => {
  expect(canonicalAddress("::ffff:7f00:1")).toBe("127.0.0.1");
  expect(canonicalAddress("2001:DB8:0:0:0:0:0:1")).toBe("2001:db8::1");
});

test("an address of this machine is special, although it is public", () => {
  const own = new Set(["140.82.112.3", "2606:4700::1111"]);
  expect(specialRangeOf("140.82.112.3", own)).toBe("own");
  expect(specialRangeOf("::ffff:140.82.112.3", own)).toBe("own");
  expect(specialRangeOf("2606:4700:0::1111", own)).toBe("own");
  expect(specialRangeOf("140.82.112.4", own)).toBeUndefined();
});
