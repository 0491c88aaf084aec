import { sql } from "kysely";
import { codeOf } from "#contract/errors.ts";
import { connect } from "#db/connect.ts";
import type { Db } from "#db/connect.ts";
import { hasPartitionsFor } from "#db/partitions.ts";
import { listLiveWorkers } from "#db/processes.ts";
import type { Finding } from "./finding.ts";
import { fail, ok, warn } from "./finding.ts";

const LEAST_VERSION = 18;
const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 2 ** 20;

export async function checkPostgres(databaseUrl: string): Promise<Finding[]> {
  const { host } = new URL(databaseUrl);
  const { db, close } = connect({
    databaseUrl,
    maxConnections: 1,
    applicationName: "millrace-doctor",
    onError: () => {}, // the running query reports the same loss
  });
  try {
    const settings = await readSettings(db);
    return [
      checkVersion(settings, host),
      ...checkSettings(settings),
      await checkClock(db),
      await checkPartitions(db),
      ...(await checkWorkers(db)),
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message : codeOf(error);
    return [
      fail(
        "postgres",
        `${host} cannot be reached: ${reason}`,
        "start it, or check DATABASE_URL and the network between",
      ),
    ];
  } finally {
    await close();
  }
}

/** Numbers in bytes where the setting is a size. */
type Settings = ReadonlyMap<string, string>;
const UNIT_BYTES: Readonly<Record<string, number>> = { B: 1, kB: 1_024, "8kB": 8_192, MB: MIB };

async function readSettings(db: Db): Promise<Settings> {
  const names = [
    "server_version",
    "shared_buffers",
    "max_wal_size",
    "fsync",
    "synchronous_commit",
    "max_connections",
  ];
  const { rows } = await sql<{ name: string; setting: string; unit: string | null }>`
    SELECT name, setting, unit FROM pg_settings WHERE name = ANY(${names})
  `.execute(db);
  return new Map(
    rows.map(({ name, setting, unit }) => {
      const factor = UNIT_BYTES[unit ?? ""];
      return [name, factor === undefined ? setting : String(Number(setting) * factor)];
    }),
  );
}

function checkVersion(settings: Settings, host: string): Finding {
  const version = settings.get("server_version") ?? "unknown";
  return Number.parseInt(version, 10) >= LEAST_VERSION
    ? ok("postgres", `${version} at ${host}`)
    : fail(
        "postgres",
        `${version} at ${host} is older than ${LEAST_VERSION}`,
        `move to Postgres ${LEAST_VERSION}`,
      );
}

export function checkSettings(settings: Settings): Finding[] {
  const mib = (name: string): number => Number(settings.get(name)) / MIB;
  const connections = Number(settings.get("max_connections"));
  return [
    ...(["fsync", "synchronous_commit"] as const).map((name) =>
      settings.get(name) === "off"
        ? fail(`postgres ${name}`, "off: an answered webhook can be lost", `set ${name} = on`)
        : ok(`postgres ${name}`, settings.get(name) ?? "unknown"),
    ),
    atLeast("postgres shared_buffers", mib("shared_buffers"), 256),
    atLeast("postgres max_wal_size", mib("max_wal_size"), 4_096),
    connections >= 100
      ? ok("postgres max_connections", String(connections))
      : warn(
          "postgres max_connections",
          String(connections),
          "set 100 or more: an api takes about 20, a worker about 20",
        ),
  ];
}

function atLeast(part: string, found: number, wanted: number): Finding {
  return found >= wanted
    ? ok(part, `${found} MB`)
    : warn(
        part,
        `${found} MB`,
        `set ${wanted} MB or more: with millions of rows the intake is half as fast without`,
      );
}

/** Ids carry the time of the process, partitions and leases that of Postgres: they must agree. */
async function checkClock(db: Db): Promise<Finding> {
  const before = Date.now();
  const { rows } = await sql<{ now_ms: number }>`
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now_ms
  `.execute(db);
  const offsetMs = Math.round((rows[0]?.now_ms ?? Number.NaN) - (before + Date.now()) / 2);
  const detail = `${offsetMs} ms from Postgres'`;
  const remedy = "synchronise both machines' clocks (chrony, systemd-timesyncd)";
  if (Math.abs(offsetMs) > 5_000) return fail("clock", detail, remedy);
  return Math.abs(offsetMs) > 500 ? warn("clock", detail, remedy) : ok("clock", detail);
}

async function checkPartitions(db: Db): Promise<Finding> {
  const part = "partitions";
  return (await hasPartitionsFor(db, Date.now() + DAY_MS))
    ? ok(part, "tomorrow's are there")
    : fail(
        part,
        "tomorrow's are missing",
        "run `bin/millrace migrate`, and see that a worker runs: it makes them 7 days ahead",
      );
}

/** What each worker last said of itself, in its own words: this page is the operator's. */
async function checkWorkers(db: Db): Promise<Finding[]> {
  const workers = await listLiveWorkers(db);
  if (workers.length === 0)
    return [warn("workers", "none is alive", "start one: executions stay queued until then")];
  return workers.map(({ host, pid, status }) => {
    const who = `${pid} at ${host}`;
    if (status === undefined) return ok("worker", `${who}, of an earlier release`);
    const { used, limit, slots, problem } = status;
    return problem === null
      ? ok("worker", `${who}: ${used} executions run, ${limit} of ${slots} slots are open`)
      : fail("worker", `${who} starts nothing: ${problem}`, "look at that worker's log");
  });
}
