import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { EgressEvent } from "#contract/egress.ts";
import { type AccessRecord, permissionManifestSchema } from "#contract/permissions.ts";
import { createEgress, type Egress } from "#egress/create-egress.ts";
import { createResolver } from "#egress/resolve-host.ts";
import { SPELLINGS, TRICKS } from "./address-spellings.ts";
import { type DnsServer, startDnsServer } from "./dns-server.ts";

/**
 * Three ways to each address: in the URL, in a redirect, behind a name of a real DNS server. The manifest allows any
 * name under `.test`, and the redirecting server; a listener on all of this machine's addresses must stay unheard.
 */
let target: Server;
let redirector: Server;
let dns: DnsServer;
let egress: Egress;
let location = "";
let heard = 0;
let [port, redirectPort] = [0, 0];
let accesses: AccessRecord[] = [];
let events: EgressEvent[] = [];

const records: Record<string, string[]> = {};
const nameOf = (index: number) => `n${index}.test`;

beforeAll(async () => {
  for (const [index, { means }] of SPELLINGS.entries()) {
    const isV6 = means.includes(":");
    records[`${isV6 ? "AAAA" : "A"} ${nameOf(index)}`] = [isV6 ? hexOf(means) : means];
  }
  dns = await startDnsServer(records);
  egress = createEgress({ resolve: createResolver({ servers: [dns.address] }) });
  target = createServer((_request, response) => {
    heard += 1;
    response.end();
  });
  redirector = createServer((_request, response) => response.writeHead(302, { location }).end());
  port = await listen(target);
  redirectPort = await listen(redirector, "127.0.0.1");
});
afterAll(async () => {
  await egress.stop();
  await dns.stop();
  await Promise.all([target, redirector].map((server) => new Promise((done) => server.close(done))));
});
beforeEach(() => {
  [accesses, events, heard] = [[], [], 0];
});

async function listen(server: Server, host?: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
  return (server.address() as AddressInfo).port; // a TCP server's
}

/** 32 hexadecimal digits. */
function hexOf(address: string): string {
  const [head = "", tail] = address.split("::");
  const groups = (text: string) => text.split(":").filter((group) => group !== "");
  const [first, last] = [groups(head), groups(tail ?? "")];
  const zeros = Array<string>(8 - first.length - last.length).fill("0");
  return [...first, ...zeros, ...last].map((group) => group.padStart(4, "0")).join("");
}

const fetch = (url: string, more: string[] = []) =>
  egress.fetch(
    { url, method: "GET", headers: [], redirect: "follow" },
    {
      domain: "d",
      permissions: permissionManifestSchema.parse({
        net: ["*.test", "93.184.215.0/24", `127.0.0.1:${redirectPort}`, ...more],
      }),
      onAccess: (record) => accesses.push(record),
      onEvent: (event) => events.push(event),
      limits: { requestBytes: 1_000, responseBytes: 1_000, redirects: 5, timeoutMs: 10_000 },
      signal: AbortSignal.timeout(20_000),
    },
  );

const authorityOf = (address: string) =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
/** As URLs write it: IPv4-mapped addresses in hexadecimal. */
const isMeant = (value: string, means: string) =>
  value === authorityOf(means) || new URL(`http://${value}`).hostname.startsWith("[::ffff:");

test("there are at least 60 spellings, each of them once", () => {
  expect(SPELLINGS.length).toBeGreaterThanOrEqual(60);
  expect(new Set(SPELLINGS.map(({ host }) => host)).size).toBe(SPELLINGS.length);
});

test.each(SPELLINGS)("$what ($host) is refused in a URL", async ({ host, means }) => {
  await expect(fetch(`http://${host}:${port}/`)).rejects.toMatchObject({ code: "step/not-capable" });
  expect(accesses).toMatchObject([{ granted: false }]);
  expect(isMeant(accesses[0]?.value ?? "", means)).toBe(true);
  expect(events).toMatchObject([{ outcome: "refused", port, receivedBytes: 0 }]);
  expect(heard).toBe(0);
});

// A header carries no line break, and as %09 a tab is no part of a host.
const INSIDE_HEADERS = SPELLINGS.filter(({ host }) => !/[\t\n]/.test(host));

test.each(INSIDE_HEADERS)("$what ($host) is refused in a redirect", async ({ host, means }) => {
  location = encodeURI(`http://${host}:${port}/`)
    .replaceAll("%25", "%")
    .replaceAll("%5B", "[")
    .replaceAll("%5D", "]");
  await expect(fetch(`http://127.0.0.1:${redirectPort}/`)).rejects.toMatchObject({
    code: "step/not-capable",
  });
  expect(accesses.map(({ granted }) => granted)).toEqual([true, false]);
  expect(isMeant(accesses[1]?.value ?? "", means)).toBe(true);
  expect(events.map(({ outcome }) => outcome)).toEqual(["answered", "refused"]);
  expect(heard).toBe(0);
});

test.each(SPELLINGS.map((row, index) => ({ ...row, index })))(
  "$what ($means) is refused behind an allowed name",
  async ({ index, means }) => {
    await expect(fetch(`http://${nameOf(index)}:${port}/`)).rejects.toMatchObject({
      code: "step/not-capable",
    });
    expect(accesses).toMatchObject([
      {
        granted: false,
        address: means,
        reason: expect.stringMatching(/address (that no rule names|of a metadata)/) as string,
      },
    ]);
    expect(heard).toBe(0);
  },
);

test.each(TRICKS)("$what: $url", async ({ url, says }) => {
  const failed = await fetch(url.replace("PORT", String(port))).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(Error);
  if (typeof says === "string") expect(String(failed)).toContain(`net access to "${says}:${port}"`);
  else expect(String(failed)).toMatch(says);
  expect(accesses.some(({ granted }) => granted)).toBe(false);
  expect(heard).toBe(0);
});

test.each(["localhost", "LOCALHOST", "localhost.", "ＬＯＣＡＬＨＯＳＴ", "loc%61lhost"])(
  "%s is loopback, even where a rule allows the name",
  async (host) => {
    await expect(fetch(`http://${host}:${port}/`, ["localhost"])).rejects.toMatchObject({
      code: "step/not-capable",
      message: expect.stringContaining("it leads to a") as string,
    });
    expect(heard).toBe(0);
  },
);

test("what a row means is reached where a rule names the address", async () => {
  for (const { host } of SPELLINGS.filter(({ means }) => means === "127.0.0.1")) {
    await fetch(`http://${host}:${port}/`, ["127.0.0.1"]);
  }
  expect(heard).toBe(SPELLINGS.filter(({ means }) => means === "127.0.0.1").length);
});

test("a name that turns to a private address between two requests is refused, an open connection or not", async () => {
  const uncached = createEgress({ resolve: (host) => createResolver({ servers: [dns.address] })(host) });
  const ask = (net: string[]) =>
    uncached.fetch(
      { url: `http://turning.test:${port}/`, method: "GET", headers: [], redirect: "follow" },
      {
        domain: "d",
        permissions: permissionManifestSchema.parse({ net }),
        onAccess: (record) => accesses.push(record),
        limits: { requestBytes: 1_000, responseBytes: 1_000, redirects: 5, timeoutMs: 10_000 },
        signal: AbortSignal.timeout(20_000),
      },
    );
  try {
    // 127.0.0.2 stands for the address that is allowed, 127.0.0.1 for the one behind it.
    records["A turning.test"] = ["127.0.0.2"];
    await ask(["turning.test", "127.0.0.2"]);
    records["A turning.test"] = ["127.0.0.1"];
    await expect(ask(["turning.test", "127.0.0.2"])).rejects.toMatchObject({ code: "step/not-capable" });
    // Both at once, the good one first: refused as a whole.
    records["A turning.test"] = ["127.0.0.2", "127.0.0.1"];
    await expect(ask(["turning.test", "127.0.0.2"])).rejects.toMatchObject({ code: "step/not-capable" });
    expect(heard).toBe(1);
  } finally {
    await uncached.stop();
  }
});
