import { afterEach, beforeEach, expect, test } from "vitest";
import { createResolver } from "#egress/resolve-host.ts";
import { type DnsServer, startDnsServer } from "./dns-server.ts";

let server: DnsServer;
beforeEach(async () => {
  server = await startDnsServer({
    "A both.test": ["192.0.2.1", "192.0.2.2"],
    "AAAA both.test": ["20010db8000000000000000000000001"],
    "AAAA six.test": ["20010db8000000000000000000000002"],
    "A inside.test": ["10.0.0.5"],
  });
});
afterEach(() => server.stop());

test("all addresses of a name are found, IPv4 first", async () => {
  const resolve = createResolver({ servers: [server.address] });
  const addresses = await resolve("both.test");
  expect(addresses.slice(0, 2).toSorted()).toEqual(["192.0.2.1", "192.0.2.2"]);
  expect(addresses[2]).toBe("2001:db8::1");
  expect(await resolve("six.test")).toEqual(["2001:db8::2"]);
  expect(await resolve("inside.test")).toEqual(["10.0.0.5"]);
});

test("many who ask at once, and soon after, cost one look-up", async () => {
  const resolve = createResolver({ servers: [server.address] });
  await Promise.all(Array.from({ length: 20 }, () => resolve("both.test")));
  await resolve("both.test");
  expect(server.questions.toSorted()).toEqual(["A both.test", "AAAA both.test"]);
});

test("a name without a dot is the system's to resolve, as its hosts file says", async () => {
  const resolve = createResolver({ servers: [server.address] });
  expect(await resolve("localhost")).toContain("127.0.0.1");
  expect(server.questions).toEqual([]);
});

test("a name that nobody knows is refused, and asked for again the next time", async () => {
  const resolve = createResolver({ servers: [server.address] });
  await expect(resolve("nowhere.invalid")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  const asked = server.questions.length;
  await expect(resolve("nowhere.invalid")).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/);
  expect(server.questions.length).toBeGreaterThan(asked);
});
