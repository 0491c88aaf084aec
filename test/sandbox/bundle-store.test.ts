import { expect, test } from "vitest";
import { LIMITS } from "#contract/limits.ts";
import type { CellProcess } from "#sandbox/host/cell-process.ts";
import { BundleStore } from "#sandbox/host/bundle-store.ts";
import type { HostMessage } from "#sandbox/protocol.ts";

/** What the store asks of a cell. */
function cellOf(domainKey: string) {
  const sent: HostMessage[] = [];
  const cell = {
    domainKey,
    bundles: new Set<string>(),
    bundleCharacters: 0,
    send: (message: HostMessage) => sent.push(message),
  };
  return { cell: cell as unknown as CellProcess, sent };
}

const bundle = (code: string, onLoad = () => {}) => ({
  sha256: code,
  load: () => {
    onLoad();
    return Promise.resolve({ code });
  },
});
/** Long enough to be worth a cache. */
const LONG = "code".repeat(20_000);
const noCache = () => Promise.resolve(undefined);

test("a bundle is loaded once for all cells of a domain, and once more for another domain", async () => {
  let loads = 0;
  const store = new BundleStore(noCache);
  const one = bundle("code", () => (loads += 1));
  for (const domain of ["a", "a", "b"]) await store.give(cellOf(domain).cell, one, true);
  expect(loads).toBe(2);
});

test("a code cache reaches the cell that asked and later ones of its domain, never another domain's", async () => {
  const compiled: string[] = [];
  const store = new BundleStore((code) => {
    compiled.push(code);
    return Promise.resolve(new Uint8Array([compiled.length]));
  });
  const [first, second, stranger] = [cellOf("a"), cellOf("a"), cellOf("b")];
  await store.give(first.cell, bundle(LONG), true);
  await expect.poll(() => first.sent.map(({ type }) => type)).toEqual(["bundle", "bundle-cache"]);
  await store.give(second.cell, bundle(LONG), true);
  await store.give(stranger.cell, bundle(LONG), true);
  expect(second.sent).toMatchObject([{ type: "bundle", cache: new Uint8Array([1]) }]);
  expect(stranger.sent[0]).not.toHaveProperty("cache");
  await expect.poll(() => stranger.sent[1]).toMatchObject({ cache: new Uint8Array([2]) });
});

test("a code cache that was changed is not handed out", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const store = new BundleStore(() => Promise.resolve(bytes));
  const [first, second] = [cellOf("a"), cellOf("a")];
  await store.give(first.cell, bundle(LONG), true);
  await expect.poll(() => first.sent.length).toBe(2);
  bytes[0] = 9;
  await store.give(second.cell, bundle(LONG), true);
  expect(second.sent[0]).not.toHaveProperty("cache");
});

test("a short bundle is not worth a code cache", async () => {
  const store = new BundleStore(() => Promise.reject(new Error("not to be asked")));
  const { cell, sent } = cellOf("a");
  await store.give(cell, bundle("code"), true);
  expect(sent).toHaveLength(1);
});

test("a bundle above its limit is refused with its size", async () => {
  const store = new BundleStore(noCache);
  const big = { sha256: "big", load: () => Promise.resolve({ code: "x".repeat(LIMITS.bundleBytes + 1) }) };
  await expect(store.give(cellOf("a").cell, big, true)).rejects.toMatchObject({
    code: "request/payload-too-large",
  });
});

test("a load that failed is tried again", async () => {
  const store = new BundleStore(noCache);
  let fails = true;
  const flaky = {
    sha256: "s",
    load: () => (fails ? Promise.reject(new Error("away")) : Promise.resolve({ code: "c" })),
  };
  await expect(store.give(cellOf("a").cell, flaky, true)).rejects.toThrow("away");
  fails = false;
  await expect(store.give(cellOf("a").cell, flaky, true)).resolves.toBeUndefined();
});
