import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { createVault, type SealedRow } from "#vault/create-vault.ts";
import type { MasterKeys } from "#vault/master-keys.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const key = randomBytes(32);
const masterKeys: MasterKeys = { current: { id: "a", key }, all: new Map([["a", key]]) };
const secret = Buffer.from("whsec_secret");
const newRow = (): SealedRow => ({
  organizationId: createId(),
  purpose: "signing-secret",
  rowId: createId(),
});

async function storedKeys(organizationId: string) {
  return database.db
    .selectFrom("organization_keys")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .execute();
}

test("processes that seal for a new organization at once end with one key, which all of them open", async () => {
  const row = newRow();
  const vaults = Array.from({ length: 10 }, () => createVault({ db: database.db, masterKeys }));
  const sealed = await Promise.all(vaults.map((vault) => vault.seal(row, secret)));
  const reader = createVault({ db: database.db, masterKeys });
  for (const each of sealed) expect(await reader.open(row, each)).toEqual(secret);
  expect(await storedKeys(row.organizationId)).toHaveLength(1);
});

test("no key is stored in the clear", async () => {
  const row = newRow();
  await createVault({ db: database.db, masterKeys }).seal(row, secret);
  const [stored] = await storedKeys(row.organizationId);
  expect(stored?.key_id).toBe("a");
  expect(stored?.wrapped_key.length).toBe(1 + 12 + 16 + 32);
});

test("a wrapped key that was moved to another organization does not open", async () => {
  const [one, other] = [newRow(), newRow()];
  const vault = createVault({ db: database.db, masterKeys });
  const sealed = await vault.seal(one, secret);
  const [stored] = await storedKeys(one.organizationId);
  await database.db
    .insertInto("organization_keys")
    .values({
      organization_id: other.organizationId,
      key_id: stored?.key_id ?? "",
      wrapped_key: stored?.wrapped_key ?? Buffer.alloc(0),
    })
    .execute();
  await expect(createVault({ db: database.db, masterKeys }).open(other, sealed)).rejects.toMatchObject({
    code: "engine/config",
  });
});

test("a vault works within a transaction, and what it made goes with it", async () => {
  const row = newRow();
  const rolledBack = database.db.transaction().execute(async (transaction) => {
    await createVault({ db: transaction, masterKeys }).seal(row, secret);
    throw new Error("rolled back");
  });
  await expect(rolledBack).rejects.toThrow("rolled back");
  expect(await storedKeys(row.organizationId)).toHaveLength(0);
});
