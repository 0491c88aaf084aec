import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { createVaultOver, type SealedRow } from "#vault/create-vault.ts";
import type { MasterKeys } from "#vault/master-keys.ts";
import type { OrganizationKeyStore, WrappedKey } from "#vault/organization-key.ts";

const HEADER_BYTES = 13;
const row: SealedRow = { organizationId: createId(), purpose: "signing-secret", rowId: createId() };
const secret = Buffer.from("whsec_a-secret");

function masterKeysOf(...ids: string[]): MasterKeys {
  const all = new Map(ids.map((id) => [id, randomBytes(32)]));
  const id = ids[0]!;
  return { current: { id, key: all.get(id)! }, all };
}

function memoryStore(): OrganizationKeyStore & { rows: Map<string, WrappedKey> } {
  const rows = new Map<string, WrappedKey>();
  return {
    rows,
    find: (organizationId) => Promise.resolve(rows.get(organizationId)),
    insertIfAbsent(organizationId, key) {
      if (!rows.has(organizationId)) rows.set(organizationId, key);
      return Promise.resolve();
    },
  };
}

test("what is sealed opens again, in another process too", async () => {
  const masterKeys = masterKeysOf("a");
  const store = memoryStore();
  const sealed = await createVaultOver({ masterKeys, store }).seal(row, secret);
  expect(sealed.includes(secret)).toBe(false);
  const other = createVaultOver({ masterKeys, store });
  expect(await other.open(row, sealed)).toEqual(secret);
  expect(await other.open(row, new Uint8Array(sealed))).toEqual(secret);
});

test("the same plaintext never seals to the same bytes", async () => {
  const vault = createVaultOver({ masterKeys: masterKeysOf("a"), store: memoryStore() });
  expect(await vault.seal(row, secret)).not.toEqual(await vault.seal(row, secret));
});

test("an empty value can be sealed", async () => {
  const vault = createVaultOver({ masterKeys: masterKeysOf("a"), store: memoryStore() });
  expect(await vault.open(row, await vault.seal(row, new Uint8Array(0)))).toHaveLength(0);
});

test("no single byte can be altered", async () => {
  const vault = createVaultOver({ masterKeys: masterKeysOf("a"), store: memoryStore() });
  const sealed = await vault.seal(row, secret);
  for (let index = 0; index < sealed.length; index += 1) {
    const altered = Buffer.from(sealed);
    altered[index] = altered[index]! ^ 1;
    await expect(vault.open(row, altered), `byte ${index}`).rejects.toMatchObject({
      code: "engine/internal",
    });
  }
});

test("a value cut off anywhere does not open", async () => {
  const vault = createVaultOver({ masterKeys: masterKeysOf("a"), store: memoryStore() });
  const sealed = await vault.seal(row, secret);
  for (const length of [0, 1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 27, sealed.length - 1]) {
    await expect(vault.open(row, sealed.subarray(0, length))).rejects.toMatchObject({
      code: "engine/internal",
    });
  }
});

test.each([
  ["row", { rowId: createId() }],
  ["purpose", { purpose: "credential" as const }],
  ["organization", { organizationId: createId() }],
])("a value does not open under another %s", async (_, change) => {
  const vault = createVaultOver({ masterKeys: masterKeysOf("a"), store: memoryStore() });
  const sealed = await vault.seal(row, secret);
  await expect(vault.open({ ...row, ...change }, sealed)).rejects.toThrow(
    "it was altered, moved, or sealed by another key",
  );
});

test("after a rotation the old master key still opens and the new one wraps", async () => {
  const old = masterKeysOf("2025");
  const store = memoryStore();
  const sealed = await createVaultOver({ masterKeys: old, store }).seal(row, secret);
  const key = randomBytes(32);
  const rotated = { current: { id: "2026", key }, all: new Map([...old.all, ["2026", key]]) };
  const vault = createVaultOver({ masterKeys: rotated, store });
  expect(await vault.open(row, sealed)).toEqual(secret);
  const newRow = { ...row, organizationId: createId() };
  await vault.seal(newRow, secret);
  expect(store.rows.get(row.organizationId)?.keyId).toBe("2025");
  expect(store.rows.get(newRow.organizationId)?.keyId).toBe("2026");
});

test("a missing or wrong master key is named, with the remedy", async () => {
  const store = memoryStore();
  await createVaultOver({ masterKeys: masterKeysOf("a"), store }).seal(row, secret);
  await expect(createVaultOver({ masterKeys: masterKeysOf("b"), store }).seal(row, secret)).rejects.toThrow(
    'wrapped by master key "a", which is not configured',
  );
  await expect(createVaultOver({ masterKeys: masterKeysOf("a"), store }).seal(row, secret)).rejects.toThrow(
    'does not open with master key "a"',
  );
});

test("master keys of the wrong size, or a current one that is not known, are refused at the start", () => {
  const store = memoryStore();
  const short = { current: { id: "a", key: randomBytes(16) }, all: new Map([["a", randomBytes(16)]]) };
  expect(() => createVaultOver({ masterKeys: short, store })).toThrow("has 16 bytes, 32 are needed");
  const unknown = { current: { id: "b", key: randomBytes(32) }, all: masterKeysOf("a").all };
  expect(() => createVaultOver({ masterKeys: unknown, store })).toThrow("is not among the known keys");
});

test("concurrent first uses in many processes end with one key", async () => {
  const masterKeys = masterKeysOf("a");
  const store = memoryStore();
  const vaults = Array.from({ length: 8 }, () => createVaultOver({ masterKeys, store }));
  const sealed = await Promise.all(vaults.map((vault) => vault.seal(row, secret)));
  const reader = createVaultOver({ masterKeys, store });
  for (const each of sealed) expect(await reader.open(row, each)).toEqual(secret);
});

test("a key is read once, and a failed read is tried again", async () => {
  const store = memoryStore();
  const masterKeys = masterKeysOf("a");
  await createVaultOver({ masterKeys, store }).seal(row, secret);
  let failures = 1;
  let reads = 0;
  const flaky: OrganizationKeyStore = {
    find(organizationId) {
      reads += 1;
      if (failures-- > 0) return Promise.reject(new Error("connection lost"));
      return store.find(organizationId);
    },
    insertIfAbsent: (organizationId, key) => store.insertIfAbsent(organizationId, key),
  };
  const vault = createVaultOver({ masterKeys, store: flaky });
  await expect(vault.seal(row, secret)).rejects.toThrow("connection lost");
  await Promise.all([vault.seal(row, secret), vault.seal(row, secret), vault.seal(row, secret)]);
  expect(reads).toBe(2);
});

test("each day has a key of its own, and yesterday's values open today", async () => {
  let now = Date.UTC(2026, 0, 1, 23, 59);
  const vault = createVaultOver({
    masterKeys: masterKeysOf("a"),
    store: memoryStore(),
    now: () => now,
  });
  const first = await vault.seal(row, secret);
  now += 5 * 60_000;
  const second = await vault.seal(row, secret);
  expect(second.readUInt32BE(9)).toBe(first.readUInt32BE(9) + 1);
  expect(await vault.open(row, first)).toEqual(secret);
  // The day is part of the key: a value that claims another day does not open.
  second.copy(first, 9, 9, HEADER_BYTES);
  await expect(vault.open(row, first)).rejects.toMatchObject({ code: "engine/internal" });
});
