import { afterAll, beforeAll, expect, test } from "vitest";
import { deleteInstanceRows } from "#db/instance-deletion.ts";
import { deleteCustomer } from "#engine/delete-customer.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { seedInstance, seedVersion } from "./seed-flow.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test("a customer goes once each of its instances is deleted as by a call of its own, and others stay", async () => {
  const { db } = database;
  const version = await seedVersion(db);
  const { organizationId } = version;
  const [one, two] = [await seedInstance(db, version, "push"), await seedInstance(db, version, "push")];
  const { customerId } = one;
  await db
    .updateTable("instances")
    .set({ customer_id: customerId })
    .where("id", "=", two.instanceId)
    .execute();
  const hinted: string[] = [];
  const hints = { send: (_channel: string, subject: string) => void hinted.push(subject) };
  const run = (id: string) =>
    deleteCustomer(
      { db, hints },
      { organizationId, input: { customerId: id }, signal: new AbortController().signal },
    );
  const customers = () => db.selectFrom("customers").select("id").orderBy("id").execute();

  await run(customerId);
  expect(hinted).toEqual([]);
  await db.updateTable("customers").set({ deleting_at: new Date() }).where("id", "=", customerId).execute();
  await expect(run(customerId)).rejects.toMatchObject({ code: "engine/unavailable" });
  await expect(run(customerId)).rejects.toMatchObject({ code: "engine/unavailable" });
  const requests = await db.selectFrom("requests").select(["id", "kind", "input"]).orderBy("id").execute();
  expect(requests.map(({ id }) => id)).toEqual(hinted);
  expect(requests.map(({ kind, input }) => [kind, input])).toEqual(
    [one, two].map(({ instanceId }) => ["delete-instance", { instanceId }]),
  );
  for (const { instanceId } of [one, two]) await deleteInstanceRows(db, instanceId);
  await run(customerId);
  expect(await customers()).toEqual([{ id: two.customerId }]);
});
