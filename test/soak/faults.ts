import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as elapse } from "node:timers/promises";
import pg from "pg";
import { readConfig } from "#config";
import { type KillPoint, KILL_POINTS } from "#contract/kill-points.ts";
import { deployFaultFlow } from "../support/fault-instance.ts";
import { judge, type Verdict } from "../support/fault-scenario.ts";
import { killUnderLoad, sendUntil } from "../support/kill-under-load.ts";
import { type RunningMillrace, startMillrace } from "../support/millrace.ts";
import { sendAll } from "../support/sender.ts";
import { startStoppableParts, type StoppableParts } from "../support/stoppable-parts.ts";
import type { SoakOptions, SoakReport } from "./run.ts";

/**
 * "0 lost, 0 doubled", shown: each named kill point twenty times under load, random kills of every process over 5,000
 * webhooks, Postgres away for 20 s, Temporal away for 20 s. After each, the sender's, the ledger's and our records
 * are compared one by one.
 */
const HITS = 20;
const RANDOM_DELIVERIES = 5_000;
const AWAY_MS = 20_000;
/** A workflow task that dies again and again is given ever more time by Temporal before the next try: minutes. */
const SETTLE_MS = 1_200_000;

export async function run({ only }: SoakOptions): Promise<SoakReport> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-faults-"));
  const parts = await startStoppableParts(folder, readConfig());
  const millrace = await startMillrace({
    env: { DATABASE_URL: parts.databaseUrl, TEMPORAL_ADDRESS: parts.temporalAddress },
  });
  const report: SoakReport = { lines: [], problems: [] };
  try {
    for (const [name, { what, judged }] of Object.entries(scenariosOf(millrace, parts, report)))
      if (only.length === 0 || only.includes(name)) note(report, what, await judged());
  } catch (error) {
    console.log(millrace.output());
    throw error;
  } finally {
    await millrace.stop();
    await parts.temporal.stop();
    await parts.postgres.stop();
    millrace.remove();
    await rm(folder, { recursive: true, force: true });
  }
  return report;
}

interface Scenario {
  what: string;
  judged(): Promise<Verdict>;
}

function scenariosOf(
  millrace: RunningMillrace,
  parts: StoppableParts,
  report: SoakReport,
): Record<string, Scenario> {
  const away = [parts.postgres, parts.temporal].map((part): [string, Scenario] => [
    `${part.name}-away`,
    { what: `${part.name} away for ${AWAY_MS / 1000} s`, judged: () => stayAway(millrace, part) },
  ]);
  const points = KILL_POINTS.map((point): [string, Scenario] => [
    point,
    { what: `${HITS} × ${point}`, judged: () => killAtPoint(millrace, point) },
  ]);
  const random = {
    what: `random kills over ${RANDOM_DELIVERIES} webhooks`,
    judged: () => killAtRandom(millrace, parts, report),
  };
  return { ...Object.fromEntries(away), random, ...Object.fromEntries(points) };
}

async function killAtPoint(millrace: RunningMillrace, point: KillPoint): Promise<Verdict> {
  const instance = await deployFaultFlow(millrace);
  return killUnderLoad({ millrace, instance, point, hits: HITS, settleMs: SETTLE_MS, letSettle: true });
}

function note(report: SoakReport, what: string, verdict: Verdict): void {
  const { deliveries, executions, ledgerEntries, repeatedRequests, problems } = verdict;
  const line = `${what}: ${deliveries} deliveries, ${executions} executions, ${ledgerEntries} entries at the ledger (${repeatedRequests} requests recognised as repeated), ${problems.length} problems`;
  console.log(line);
  report.lines.push(line);
  for (const problem of problems) console.log(`  ${problem}`);
  report.problems.push(...problems.map((problem) => `${what}: ${problem}`));
}

/** Every two seconds one process of ours, taken in turn, dies by SIGKILL while 5,000 webhooks are sent. */
async function killAtRandom(
  millrace: RunningMillrace,
  parts: StoppableParts,
  report: SoakReport,
): Promise<Verdict> {
  const instance = await deployFaultFlow(millrace);
  const kills = { api: 0, worker: 0, cell: 0, Postgres: 0, Temporal: 0 };
  let done = false;
  const sending = sendAll({
    webhookUrl: instance.webhookUrl,
    signingSecret: instance.signingSecret,
    count: RANDOM_DELIVERIES,
    concurrency: 16,
    bodyOf: (index) => ({ number: index, failFirst: index % 10 === 0 }),
    timeoutMs: 1_200_000,
  }).finally(() => {
    done = true;
  });
  const pool = new pg.Pool({ connectionString: millrace.run.databaseUrl, max: 1 });
  pool.on("error", () => {}); // the soak itself takes Postgres away
  for (let turn = 0; !done; turn += 1) {
    await elapse(2_000);
    await killOne({ turn, pool, parts, kills });
  }
  await pool.end();
  report.lines.push(
    `killed: ${Object.entries(kills)
      .map(([kind, count]) => `${kind} ${count}`)
      .join(", ")}`,
  );
  return judge({ millrace, ...instance, deliveries: await sending, settleMs: SETTLE_MS });
}

const TURNS = [
  "worker",
  "api",
  "cell",
  "worker",
  "Temporal",
  "cell",
  "api",
  "worker",
  "Postgres",
  "cell",
] as const;

async function killOne(options: {
  turn: number;
  pool: pg.Pool;
  parts: StoppableParts;
  kills: Record<(typeof TURNS)[number], number>;
}): Promise<void> {
  const kind = TURNS[options.turn % TURNS.length]!;
  if (kind === "Postgres") await options.parts.postgres.killAndRestart();
  else if (kind === "Temporal") await options.parts.temporal.killAndRestart();
  else {
    const pid = await findPid(options.pool, kind);
    if (pid === undefined) return;
    process.kill(pid, "SIGKILL");
  }
  options.kills[kind] += 1;
}

/** A live process of the kind, from the table in which each says that it lives; cells are the worker's children. */
async function findPid(pool: pg.Pool, kind: "api" | "worker" | "cell"): Promise<number | undefined> {
  const { rows } = await pool.query<{ pid: number }>(
    "SELECT pid FROM processes WHERE kind = $1 AND seen_at > now() - interval '5 s' ORDER BY started_at DESC",
    [kind === "cell" ? "worker" : kind],
  );
  const pids = rows.map(({ pid }) => pid).filter((pid) => readCommand(pid) !== undefined);
  return kind === "cell"
    ? pids.flatMap(listChildren).find((pid) => readCommand(pid)?.includes("--permission"))
    : pids[0];
}

function readCommand(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return undefined;
  }
}

function listChildren(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

async function stayAway(millrace: RunningMillrace, part: StoppableParts["postgres"]): Promise<Verdict> {
  const instance = await deployFaultFlow(millrace);
  let done = false;
  const sending = sendUntil(instance, () => done);
  await elapse(3_000);
  await part.awayDuring(() => elapse(AWAY_MS));
  await elapse(3_000);
  done = true;
  return judge({ millrace, ...instance, deliveries: await sending, settleMs: SETTLE_MS });
}
