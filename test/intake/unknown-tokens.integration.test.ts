import { expect, test } from "vitest";
import { createTestDatabase } from "../support/database.ts";
import { seedEndpoint } from "./seed-endpoint.ts";
import { startTestApi } from "./start-test-api.ts";

const TABLES = [
  "executions",
  "payloads",
  "queue",
  "dedup_keys",
  "refused_requests",
  "endpoint_changes",
  "flows",
];
const counts = `SELECT ${TABLES.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`).join(", ")}`;

test("unknown tokens write nothing, and known endpoints are served after them", async () => {
  const database = await createTestDatabase();
  const api = await startTestApi(database.url);
  const { token } = await seedEndpoint({ db: database.db, vault: api.vault });
  const random = () => Array.from({ length: 32 }, () => Math.floor(Math.random() * 10)).join("");
  const before = (await database.pool.query(counts)).rows[0];

  const statuses = await Promise.all(
    Array.from({ length: 1_000 }, async () => (await api.hook(random(), { body: "x" })).status),
  );
  expect(statuses.filter((status) => status !== 404 && status !== 503)).toEqual([]);
  expect(statuses.filter((status) => status === 404).length).toBeGreaterThan(400);
  expect((await api.hook(token, { body: "x" })).status).toBe(202);
  // `stop` writes what is kept in memory: nothing of the flood may be there either.
  await api.stop();

  const after = (await database.pool.query(counts)).rows[0];
  expect(after).toEqual({ ...before, executions: 1, payloads: 1, queue: 1 });
  await database.drop();
});
