import { expect, test } from "vitest";
import { checkSettings } from "../../../src/main/doctor/check-postgres.ts";
import { fail, formatFindings, ok, skipped } from "../../../src/main/doctor/finding.ts";

const MIB = 2 ** 20;
const good = {
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: String(1_024 * MIB),
  max_wal_size: String(8_192 * MIB),
  max_connections: "200",
};

function statuses(changes: Partial<typeof good>): Record<string, string> {
  const settings = new Map(Object.entries({ ...good, ...changes }));
  return Object.fromEntries(
    checkSettings(settings).map(({ part, status }) => [part.slice("postgres ".length), status]),
  );
}

test("settings as the embedded Postgres has them are all right", () => {
  expect(new Set(Object.values(statuses({})))).toEqual(new Set(["ok"]));
});

test("a Postgres that can lose what it has committed fails", () => {
  expect(statuses({ fsync: "off" })["fsync"]).toBe("fail");
  expect(statuses({ synchronous_commit: "off" })["synchronous_commit"]).toBe("fail");
});

test("Postgres' own defaults are warned of", () => {
  const found = statuses({
    shared_buffers: String(128 * MIB),
    max_wal_size: String(1_024 * MIB),
    max_connections: "50",
  });
  expect(found).toMatchObject({ shared_buffers: "warn", max_wal_size: "warn", max_connections: "warn" });
});

test("each finding is a line, with its remedy", () => {
  const text = formatFindings([
    ok("node", "26"),
    fail("disk", "0.1 GB free", "free some"),
    skipped("postgres", "not up"),
  ]);
  expect(text.split("\n")).toEqual([
    "ok    node      26",
    "FAIL  disk      0.1 GB free → free some",
    "–     postgres  not up",
  ]);
});
