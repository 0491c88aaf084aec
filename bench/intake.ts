import { createHmac, randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "#db/connect.ts";
import { migrate } from "#db/migrate.ts";
import { findFreePort } from "#embedded/free-port.ts";
import { startPostgres } from "#embedded/postgres.ts";
import { createVault } from "#vault/create-vault.ts";
import { seedEndpoint } from "../test/intake/seed-endpoint.ts";
import { type BenchServer, readTreeCpuMs, startSender, startServer } from "./intake/processes.ts";
import type { Load, LoadResult } from "./intake/sender.ts";
import type { ServerKind } from "./intake/server.ts";
import type { BenchOptions, BenchRow } from "./run.ts";

const ROUNDS = 5;
const CONNECTIONS = 256;
const SECRET = "a secret of the sender's";

interface Bench {
  servers: Record<ServerKind, BenchServer>;
  send(kind: ServerKind, load: Partial<Load> & { bodyBytes?: number }): Promise<LoadResult>;
  postgresCpuMs(): number | undefined;
  stop(): Promise<void>;
}

/**
 * Acknowledged webhooks: HMAC verified, de-duplication key checked, committed with fsync. Beside it in the same run:
 * the same server with only the database call stubbed, and Hono answering at once.
 */
export async function run({ seconds }: BenchOptions): Promise<BenchRow[]> {
  const bench = await startBench();
  try {
    for (const kind of ["real", "stub", "hono"] as const) await bench.send(kind, { seconds: 2 });
    return [
      ...(await runClosed(bench, seconds)),
      ...(await runOpen(bench, { seconds, rate: 2_000, target: "< 20" })),
      ...(await runOpen(bench, { seconds, rate: 4_000, target: "< 50" })),
      ...(await runLarge(bench, seconds)),
    ];
  } finally {
    await bench.stop();
  }
}

async function runClosed(bench: Bench, seconds: number): Promise<BenchRow[]> {
  const rates: Record<ServerKind, number[]> = { real: [], stub: [], hono: [] };
  const before = { ...(await bench.servers.real.usage()), postgresMs: bench.postgresCpuMs() };
  let acknowledged = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["real", "stub", "hono"] as const) {
      const result = await bench.send(kind, { seconds });
      if (result.refused > 0) throw new Error(`${result.refused} requests to ${kind} were refused`);
      rates[kind].push(result.acknowledged / result.seconds);
      if (kind === "real") acknowledged += result.acknowledged;
    }
  }
  const after = await bench.servers.real.usage();
  const postgresMs = (bench.postgresCpuMs() ?? Number.NaN) - (before.postgresMs ?? Number.NaN);
  const real = median(rates.real);
  const perAck = ((after.cpuMs - before.cpuMs) / acknowledged).toFixed(3);
  return [
    {
      name: `acks, 1 kB, ${CONNECTIONS} connections`,
      value: real,
      unit: "/s",
      target: "≥ 5000",
      spread: spreadOf(rates.real),
      baseline: { name: "database call stubbed", value: median(rates.stub) },
      note: `CPU per ack: api ${perAck} ms, Postgres ${(postgresMs / acknowledged).toFixed(3)} ms; Hono answering at once: ${median(rates.hono).toFixed(0)}/s`,
    },
    {
      name: "acks as a share of the stubbed server's",
      value: real / median(rates.stub),
      unit: "×",
      target: "≥ 0.6",
    },
    {
      name: `api RSS gained over ${acknowledged} acks`,
      value: after.rssMb - before.rssMb,
      unit: "MB",
      note: `from ${before.rssMb.toFixed(0)} to ${after.rssMb.toFixed(0)} MB`,
    },
  ];
}

async function runOpen(
  bench: Bench,
  { seconds, rate, target }: { seconds: number; rate: number; target: string },
): Promise<BenchRow[]> {
  const results = { real: [] as LoadResult[], stub: [] as LoadResult[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["real", "stub"] as const)
      results[kind].push(await bench.send(kind, { seconds, rate }));
  }
  const p99 = (kind: "real" | "stub") => results[kind].map((result) => result.p99);
  const reached = median(results.real.map((result) => result.acknowledged / result.seconds));
  return [
    {
      name: `p99 at ${rate}/s offered, open loop`,
      value: median(p99("real")),
      unit: "ms",
      target,
      spread: spreadOf(p99("real")),
      baseline: { name: "database call stubbed", value: median(p99("stub")) },
      note: `p50 ${median(results.real.map((result) => result.p50)).toFixed(1)} ms; acknowledged ${reached.toFixed(0)}/s`,
    },
  ];
}

async function runLarge(bench: Bench, seconds: number): Promise<BenchRow[]> {
  const bodyBytes = 100_000;
  const rates = { real: [] as number[], stub: [] as number[], hono: [] as number[] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["real", "stub", "hono"] as const) {
      const result = await bench.send(kind, { seconds, bodyBytes, connections: 64 });
      rates[kind].push((result.acknowledged * bodyBytes) / result.seconds / 1e6);
    }
  }
  return [
    {
      name: "bodies of 100 kB, 64 connections",
      value: median(rates.real),
      unit: "MB/s",
      target: "≥ 80",
      spread: spreadOf(rates.real),
      baseline: { name: "database call stubbed", value: median(rates.stub) },
      note: `Hono answering at once, which reads no body: ${median(rates.hono).toFixed(0)} MB/s`,
    },
  ];
}

async function startBench(): Promise<Bench> {
  const dataDir = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const postgres = await startPostgres({
    dataDir,
    port: await findFreePort(),
    signal: AbortSignal.timeout(120_000),
  });
  const { databaseUrl } = postgres;
  await migrate(databaseUrl);
  const masterKey = randomBytes(32);
  const { db, close } = connect({
    databaseUrl,
    maxConnections: 2,
    applicationName: "bench",
    onError: console.error,
  });
  const vault = createVault({
    db,
    masterKeys: { current: { id: "b", key: masterKey }, all: new Map([["b", masterKey]]) },
  });
  const { token } = await seedEndpoint({
    db,
    vault,
    secret: SECRET,
    trigger: { signature: "github", dedupe: { header: "X-GitHub-Delivery" } },
  });
  await close();
  const start = (kind: ServerKind) =>
    startServer({ kind, databaseUrl, masterKey: masterKey.toString("base64") });
  const servers = { real: await start("real"), stub: await start("stub"), hono: await start("hono") };
  const sender = startSender();
  return {
    servers,
    send: (kind, { bodyBytes = 1_000, ...load }) =>
      sender.send({
        port: servers[kind].port,
        connections: CONNECTIONS,
        seconds: 1,
        prefix: `${randomUUID()}-`,
        ...requestOf(token, makeBody(bodyBytes)),
        ...load,
      }),
    postgresCpuMs: () => readTreeCpuMs(postgres.pid),
    async stop() {
      sender.stop();
      for (const server of Object.values(servers)) server.stop();
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function requestOf(token: string, body: Buffer): Pick<Load, "head" | "body"> {
  const signature = createHmac("sha256", SECRET).update(body).digest("hex");
  const head = [
    `POST /hooks/${token} HTTP/1.1`,
    "Host: hooks.example",
    "User-Agent: GitHub-Hookshot/044aadd",
    "Accept: */*",
    "Content-Type: application/json",
    "X-GitHub-Event: push",
    "X-GitHub-Delivery: {id}",
    `X-Hub-Signature-256: sha256=${signature}`,
    `Content-Length: ${body.length}`,
    "",
    "",
  ].join("\r\n");
  return { head, body: body.toString("base64") };
}

/** JSON that compresses about as real payloads do: words and ids, not one letter repeated. */
function makeBody(bytes: number): Buffer {
  const entries: object[] = [];
  for (let size = 2; size < bytes; size += JSON.stringify(entries.at(-1)).length + 1) {
    entries.push({
      id: randomUUID(),
      kind: "commit",
      author: { name: "Ada", email: "ada@example.com" },
      added: [],
    });
  }
  const text = Buffer.from(JSON.stringify(entries));
  return text.length > bytes
    ? Buffer.from(JSON.stringify({ text: text.toString("base64").slice(0, bytes - 11) }))
    : text;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function spreadOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
