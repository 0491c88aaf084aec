import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPinnedPools, type PinnedPools } from "#egress/pinned-pools.ts";

let server: Server;
let port: number;
let pools: PinnedPools;
const hosts: string[] = [];
const place = (origin: URL, address: string, partition = "") => ({ origin, address, partition });

beforeEach(async () => {
  hosts.length = 0;
  server = createServer((request, response) => {
    hosts.push(request.headers.host ?? "");
    response.end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  ({ port } = server.address() as AddressInfo);
  pools = createPinnedPools({ connectTimeoutMs: 1_000 });
});
afterEach(async () => {
  await pools.stop();
  await new Promise((resolve) => server.close(resolve));
});

test("a pool connects to the address that it was made for, whatever the name", async () => {
  const response = await pools
    .get(place(new URL(`http://name.invalid:${port}`), "127.0.0.1"))
    .request({ path: "/", method: "GET" });
  expect(await response.body.text()).toBe("hello");
  expect(hosts).toEqual([`name.invalid:${port}`]);
});

test("a peer that is not the address that was checked gets nothing", async () => {
  // Node asks no look-up for a literal, and would go to 127.0.0.2.
  const pool = pools.get(place(new URL(`http://127.0.0.2:${port}`), "127.0.0.1"));
  await expect(pool.request({ path: "/", method: "GET" })).rejects.toThrow(
    "connected to another address than the one that was checked",
  );
  expect(hosts).toEqual([]);
});

test("pools are shared per origin and address, and those unused the longest give way", async () => {
  const origin = new URL(`http://name.invalid:${port}`);
  const first = pools.get(place(origin, "127.0.0.1"));
  expect(pools.get(place(origin, "127.0.0.1"))).toBe(first);
  expect(pools.get(place(origin, "127.0.0.2"))).not.toBe(first);
  expect(pools.get(place(new URL(`http://other.invalid:${port}`), "127.0.0.1"))).not.toBe(first);
  for (let index = 0; index < 1_000; index += 1)
    pools.get(place(new URL(`http://n${index}.invalid`), "127.0.0.1"));
  expect(first.closed).toBe(true);
  expect(pools.get(place(origin, "127.0.0.1"))).not.toBe(first);
});
