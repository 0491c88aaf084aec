import { Connection } from "@temporalio/client";
import { Client } from "pg";
import { expect, test } from "vitest";
import { SEARCH_ATTRIBUTES } from "#contract/run-flow.ts";
import { createTestDatabase } from "./database.ts";
import { testTemporal } from "./temporal.ts";

test("each test database is migrated and its own", async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  await one.pool.query("create table mine ()");
  const { rows } = await other.pool.query(
    "select to_regclass('mine') as mine, to_regclass('executions') as ours",
  );
  expect(rows).toEqual([{ mine: null, ours: "executions" }]);
  await Promise.all([one.drop(), other.drop()]);
});

test("a test that leaks a connection is told so", async () => {
  const database = await createTestDatabase();
  const leaked = new Client({ connectionString: database.url, application_name: "leaky" });
  // The database is dropped all the same, and takes the connection with it.
  leaked.on("error", () => {});
  await leaked.connect();
  await expect(database.drop()).rejects.toThrow("leaky");
  await leaked.end();
});

test("the run's Temporal has the search attributes", async () => {
  const { address, namespace } = testTemporal();
  const connection = await Connection.connect({ address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining([...SEARCH_ATTRIBUTES]));
  await connection.close();
});
