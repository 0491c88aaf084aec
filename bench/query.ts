import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { createAuth } from "#api/auth/create-auth.ts";
import { ensureOwner } from "#api/auth/ensure-owner.ts";
import { startApi } from "#api/start-api.ts";
import { reachNothing } from "#contract/kill-points.ts";
import { connect } from "#db/connect.ts";
import { migrate } from "#db/migrate.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startPostgres } from "#embedded/postgres.ts";
import {
  customerQuestions,
  executionQuestions,
  instanceQuestions,
  type Question,
} from "./query/questions.ts";
import { seed, type Sizes } from "./query/seed.ts";
import type { BenchRow } from "./run.ts";

const SIZES: Sizes = { customers: 20_000, instances: 200_000, busy: 2_000, executions: 1_000_000, days: 30 };
const TIMES = 60;
const WARM_UP = 5;
const DEEP_PAGE = 50;
const TARGET = "< 50 (p95)";

/**
 * Lists and searches as a person or the command line asks them, through the API over HTTP, one at a time: of a million
 * executions over 2,000 instances and thirty days, 200,000 instances, 20,000 customers. Values change from call to call.
 * Beside each the same way with next to no work in Postgres: `GET /me`.
 */
export async function run(): Promise<BenchRow[]> {
  const dataDir = await mkdtemp(join(tmpdir(), "millrace-bench-query-"));
  // Nothing here is worth a disk's flush: only reading is measured.
  const postgres = await startPostgres({
    dataDir,
    port: await findFreePort(),
    durable: false,
    signal: AbortSignal.timeout(120_000),
  });
  try {
    await migrate(postgres.databaseUrl);
    return await measureAll(postgres.databaseUrl);
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureAll(databaseUrl: string): Promise<BenchRow[]> {
  const log = pino({ level: "warn" });
  const key = randomBytes(32);
  const masterKeys = { current: { id: "b", key }, all: new Map([["b", key]]) };
  const links = { publicUrl: "http://api.test", temporalUiUrl: undefined, temporalNamespace: "default" };
  const { db, close } = connect({
    databaseUrl,
    maxConnections: 2,
    applicationName: "bench",
    onError: console.error,
  });
  const auth = createAuth({ db, masterKeys, publicUrl: links.publicUrl, log });
  const { organizationId, token } = await ensureOwner({ db, auth, tokenName: "bench" });
  const began = performance.now();
  const seeded = await seed(db, organizationId, SIZES);
  console.error(`seeded in ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const api = await startApi({
    databaseUrl,
    masterKeys,
    links,
    log,
    host: "127.0.0.1",
    port: 0,
    version: "bench",
    reachPoint: reachNothing,
  });
  try {
    const ask = createAsker(`http://127.0.0.1:${api.port}/api/v1`, token);
    const me = await measure(ask, { name: "me", path: () => "/me" });
    const questions = [
      ...executionQuestions(seeded),
      await deepPage(ask, "/executions"),
      ...instanceQuestions(seeded),
      await deepPage(ask, "/instances"),
      ...customerQuestions(),
    ];
    const rows: BenchRow[] = [];
    for (const question of questions) rows.push(toRow(await measure(ask, question), me.p95));
    return rows;
  } finally {
    await api.stop();
    await close();
  }
}

/** Answers parsed, as a client has them. */
type Ask = (path: string) => Promise<{ items?: unknown[]; nextCursor?: string | null }>;

function createAsker(base: string, token: string): Ask {
  return async (path) => {
    const response = await fetch(`${base}${path}`, { headers: { authorization: `Bearer ${token}` } });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Awaited<ReturnType<Ask>>; // the API's own description
  };
}

async function deepPage(ask: Ask, list: "/executions" | "/instances"): Promise<Question> {
  let cursor = "";
  for (let page = 1; page < DEEP_PAGE; page += 1)
    cursor = (await ask(`${list}?limit=50${cursor && `&cursor=${cursor}`}`)).nextCursor ?? "";
  return {
    name: `${list.slice(1)}: no filter, page ${DEEP_PAGE}`,
    path: () => `${list}?limit=50&cursor=${cursor}`,
  };
}

interface Measured {
  name: string;
  p50: number;
  p95: number;
  most: number;
  items: number;
}

async function measure(ask: Ask, { name, path }: Question): Promise<Measured> {
  const taken: number[] = [];
  let items = 0;
  for (let turn = -WARM_UP; turn < TIMES; turn += 1) {
    const began = performance.now();
    const answer = await ask(path(turn + WARM_UP));
    if (turn >= 0) taken.push(performance.now() - began);
    items += turn >= 0 ? (answer.items?.length ?? 0) : 0;
  }
  taken.sort((one, other) => one - other);
  const at = (share: number) => taken[Math.min(TIMES - 1, Math.floor(share * TIMES))] ?? Number.NaN;
  return { name, p50: at(0.5), p95: at(0.95), most: at(1), items: items / TIMES };
}

function toRow({ name, p50, p95, most, items }: Measured, baseline: number): BenchRow {
  return {
    name,
    value: p95,
    unit: "ms",
    target: TARGET,
    baseline: { name: "GET /me", value: baseline },
    note: `p50 ${p50.toFixed(1)} ms, most ${most.toFixed(1)} ms; ${items.toFixed(0)} items`,
  };
}
