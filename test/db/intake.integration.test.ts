import { afterAll, beforeAll, expect, test } from "vitest";
import { createId } from "#contract/create-id.ts";
import { laneOf, shardOf } from "#contract/lane.ts";
import { insertIntakeRows, type IntakeRow, ownerBytes } from "#db/intake.ts";
import { uuidBytes } from "#db/binary-array.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function ownerOf() {
  const ids = { customerId: createId(), flowId: createId() };
  const lane = laneOf(ids);
  const owner = {
    ...ids,
    organizationId: createId(),
    instanceId: createId(),
    integrationId: createId(),
    versionId: createId(),
    revisionId: createId(),
    flowKey: "fløw",
    lane,
    shard: shardOf(lane),
  };
  return { ...owner, bytes: ownerBytes(owner) };
}

const rowOf = (owner: IntakeRow["owner"], change: Partial<IntakeRow> = {}): IntakeRow => ({
  executionId: createId(),
  owner,
  receivedAtMs: Date.now(),
  trigger: "webhook",
  hold: false,
  method: "POST",
  path: "",
  query: "",
  headers: "[]",
  encoding: 0,
  bodyBytes: 2,
  body: Buffer.from("{}"),
  ...change,
});
const key = (name: string, strict = false, body = "b") => ({
  keyHash: uuidBytes(name.padEnd(32, "0")),
  bodyHash: uuidBytes(body.padEnd(32, "0")),
  windowMs: 60_000,
  strict,
});

test("every column arrives as it was given, whatever its bytes", async () => {
  const owner = ownerOf();
  const row = rowOf(owner, {
    receivedAtMs: 1_790_000_000_123,
    path: "/ünï/🎉",
    query: `q='"\\;--`,
    headers: JSON.stringify([["X", "\u0000\n"]]),
    encoding: 1,
    bodyBytes: 2_000_000_000,
    body: Buffer.from([0, 1, 255]),
  });
  expect(await insertIntakeRows(database.pool, [row])).toEqual([{ type: "created" }]);
  const stored = await database.db
    .selectFrom("executions")
    .innerJoin("payloads", "payloads.execution_id", "executions.id")
    .innerJoin("queue", "queue.execution_id", "executions.id")
    .selectAll("payloads")
    .select([
      "executions.received_at",
      "executions.flow_key",
      "executions.version_id",
      "queue.lane",
      "queue.shard",
    ])
    .where("executions.id", "=", row.executionId)
    .executeTakeFirstOrThrow();
  expect(stored).toMatchObject({
    path: row.path,
    query: row.query,
    headers: row.headers,
    encoding: 1,
    body_bytes: 2_000_000_000,
    body: row.body,
    received_at: new Date(row.receivedAtMs),
    flow_key: "fløw",
    version_id: owner.versionId,
    lane: owner.lane,
    shard: owner.shard,
  });
});

test("in one window the first of a key makes the execution, and each of the others is told", async () => {
  const owner = ownerOf();
  const [first, second] = [
    rowOf(owner, { dedup: key("a1") }),
    rowOf(owner, { dedup: key("a1", false, "c") }),
  ];
  const other = rowOf(owner, { dedup: key("a2") });
  const duplicate = { type: "duplicate", executionId: first.executionId };
  expect(await insertIntakeRows(database.pool, [first, second, other])).toEqual([
    { type: "created" },
    duplicate,
    { type: "created" },
  ]);
  expect(await insertIntakeRows(database.pool, [rowOf(owner, { dedup: key("a1") })])).toEqual([duplicate]);
});

test("a strict key with another body is a conflict, in the window and later", async () => {
  const owner = ownerOf();
  const first = rowOf(owner, { dedup: key("b", true) });
  const conflict = { type: "conflict", executionId: first.executionId };
  const other = () => rowOf(owner, { dedup: key("b", true, "c") });
  expect(await insertIntakeRows(database.pool, [first, other()])).toEqual([{ type: "created" }, conflict]);
  expect(await insertIntakeRows(database.pool, [other()])).toEqual([conflict]);
});

test("windows with the same keys in any order wait for each other and never deadlock", async () => {
  const owner = ownerOf();
  const names = Array.from({ length: 32 }, (_, index) => `c${index.toString(16).padStart(2, "0")}`);
  const window = (reversed: boolean) =>
    (reversed ? names.toReversed() : names).map((name) => rowOf(owner, { dedup: key(name) }));
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) => insertIntakeRows(database.pool, window(index % 2 === 1))),
  );
  expect(results.flat().filter((outcome) => outcome.type === "created")).toHaveLength(names.length);
});

test("a window that Postgres refuses leaves nothing of it", async () => {
  const owner = ownerOf();
  const good = rowOf(owner);
  const bad = rowOf(owner, { path: "no \u0000 in text" });
  await expect(insertIntakeRows(database.pool, [good, bad])).rejects.toThrow("invalid byte sequence");
  const found = await database.pool.query("SELECT FROM executions WHERE id = $1", [good.executionId]);
  expect(found.rowCount).toBe(0);
});
