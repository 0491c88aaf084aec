import { readdirSync, readFileSync } from "node:fs";
import { Client, Connection } from "@temporalio/client";
import { workflowIdOf } from "#contract/ids.ts";
import { queueExecutions, type SeededFlow } from "../test/engine/seed-flow.ts";
import { type PartName, type Parts, startParts } from "./execute/parts.ts";
import type { BenchOptions, BenchRow } from "./run.ts";

const ROUNDS = 5;
const CELLS = 2;
/** 512 slots, of which four customers share 400 and more. */
const WAITING_CELLS = 16;
const WAITING = 400;
const IN_FLIGHT = 60;

/**
 * Executions of three steps in real isolates, from the queue to the committed final state, everything on this machine.
 * Beside each figure, in the same run: Temporal alone with three local activities, no sandbox, no Postgres.
 */
export async function run({ seconds }: BenchOptions): Promise<BenchRow[]> {
  const parts = await startParts(CELLS);
  try {
    await runQueue(parts, parts.quick, 100);
    await parts.runBaseline({ count: 100, inFlight: IN_FLIGHT, waitMs: 0 });
    const rows = [...(await benchThroughput(parts, seconds)), ...(await benchLatency(parts, seconds))];
    rows.push(await benchEvents(parts));
    await parts.restartWorker(WAITING_CELLS);
    return [...rows, ...(await benchWaiting(parts, seconds))];
  } finally {
    await parts.stop();
  }
}

async function benchThroughput(parts: Parts, seconds: number): Promise<BenchRow[]> {
  const count = Math.max(50, seconds * 50);
  const rates: number[] = [];
  const baselines: number[] = [];
  const spent = emptyCpu();
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = parts.cpuMs();
    rates.push(count / (await runQueue(parts, parts.quick, count)));
    addCpu(spent, before, parts.cpuMs());
    const base = await parts.runBaseline({ count, inFlight: IN_FLIGHT, waitMs: 0 });
    baselines.push(count / base.seconds);
    tell(
      `round ${round + 1} of ${ROUNDS}: ${rates.at(-1)?.toFixed(1)}/s beside ${baselines.at(-1)?.toFixed(1)}/s`,
    );
  }
  const executions = count * ROUNDS;
  const shares = (["worker", "temporal", "postgres", "api"] as const).map(
    (name) => `${name} ${(spent[name] / executions).toFixed(1)}`,
  );
  const total = (spent.worker + spent.temporal + spent.postgres + spent.api) / executions;
  const baseline = { name: "three local activities", value: median(baselines) };
  return [
    {
      name: "executions from a full queue",
      value: median(rates),
      unit: "/s",
      target: "≥ 35",
      spread: spreadOf(rates),
      baseline,
    },
    {
      name: "as a share of the baseline's",
      value: median(rates) / median(baselines),
      unit: "×",
      target: "≥ 0.65",
    },
    {
      name: "CPU per execution, all processes",
      value: total,
      unit: "ms",
      target: "≤ 50",
      note: `${shares.join(", ")} ms; cells are in the worker's`,
    },
  ];
}

async function benchLatency(parts: Parts, seconds: number): Promise<BenchRow[]> {
  const count = Math.max(40, seconds * 20);
  const latencies: number[] = [];
  const baselines: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let index = 0; index < count; index += 1) latencies.push(await postAndWait(parts));
    const base = await parts.runBaseline({ count, inFlight: 1, waitMs: 0 });
    baselines.push(...base.latencies);
    tell(
      `round ${round + 1} of ${ROUNDS}: p50 ${quantile(latencies, 0.5).toFixed(0)} ms beside ${quantile(baselines, 0.5).toFixed(0)} ms`,
    );
  }
  const row = (part: number, target: string): BenchRow => ({
    name: `one at a time, POST to final state, p${part * 100}`,
    value: quantile(latencies, part),
    unit: "ms",
    target,
    baseline: { name: "three local activities", value: quantile(baselines, part) },
  });
  return [row(0.5, "≤ 60"), row(0.99, "≤ 200")];
}

async function benchWaiting(parts: Parts, seconds: number): Promise<BenchRow[]> {
  const count = Math.max(WAITING, seconds * 60);
  await runQueue(parts, parts.waiting, WAITING);
  const rates: number[] = [];
  const baselines: number[] = [];
  let rssMb = { worker: 0, cells: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const timer = setInterval(() => {
      const now = readRssMb(parts.workerPid());
      if (now.worker + now.cells > rssMb.worker + rssMb.cells) rssMb = now;
    }, 250);
    rates.push(count / (await runQueue(parts, parts.waiting, count)));
    clearInterval(timer);
    const base = await parts.runBaseline({ count, inFlight: WAITING, waitMs: 300 });
    baselines.push(count / base.seconds);
    tell(
      `round ${round + 1} of ${ROUNDS}, waiting: ${rates.at(-1)?.toFixed(1)}/s beside ${baselines.at(-1)?.toFixed(1)}/s`,
    );
  }
  return [
    {
      name: `executions whose steps wait 300 ms each, ${WAITING} in flight`,
      value: median(rates),
      unit: "/s",
      target: "≥ 30",
      spread: spreadOf(rates),
      baseline: { name: "local activities that sleep 300 ms", value: median(baselines) },
      note: `RSS at most: worker ${rssMb.worker.toFixed(0)} MB, cells together ${rssMb.cells.toFixed(0)} MB; ramp up and down are in the figure`,
    },
  ];
}

async function benchEvents(parts: Parts): Promise<BenchRow> {
  const flow = parts.quick[0];
  if (flow === undefined) throw new Error("No flow was seeded");
  const [executionId = ""] = await queueExecutions(parts.db, flow, 1);
  await waitUntilEnded(parts, executionId);
  const connection = await Connection.connect({ address: parts.temporalAddress });
  const handle = new Client({ connection }).workflow.getHandle(workflowIdOf({ ...flow, executionId }));
  const { historyLength, raw } = await handle.describe();
  await connection.close();
  const transitions = String(raw.workflowExecutionInfo?.stateTransitionCount ?? "?");
  return {
    name: "history events per execution of three steps",
    value: historyLength,
    unit: "",
    target: "≤ 10",
    note: `${transitions} state transitions`,
  };
}

/** Queues executions for all flows in turn and returns the seconds until the last one has its final state. */
async function runQueue(parts: Parts, flows: SeededFlow[], count: number): Promise<number> {
  const share = Math.ceil(count / flows.length);
  for (const flow of flows) await queueExecutions(parts.db, flow, share);
  const startedAt = performance.now();
  while (await hasQueued(parts)) await pause(10);
  return (performance.now() - startedAt) / 1000;
}

async function hasQueued({ db }: Parts): Promise<boolean> {
  return (await db.selectFrom("queue").select("execution_id").limit(1).execute()).length > 0;
}

async function postAndWait(parts: Parts): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${parts.apiUrl}/hooks/${parts.quick[0]?.endpointToken}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ number: 20 }),
  });
  if (response.status !== 202) throw new Error(`The webhook was answered ${response.status}`);
  const { executionId } = (await response.json()) as { executionId: string }; // our own api
  await waitUntilEnded(parts, executionId);
  return performance.now() - startedAt;
}

async function waitUntilEnded({ db }: Parts, executionId: string): Promise<void> {
  for (;;) {
    const row = await db
      .selectFrom("executions")
      .select("state")
      .where("id", "=", executionId)
      .executeTakeFirst();
    if (row?.state === "succeeded") return;
    if (row?.state === "failed") throw new Error(`Execution ${executionId} failed`);
    await pause(2);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Beside the figures, so that a person knows that it goes on. */
function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

function emptyCpu(): Record<PartName, number> {
  return { worker: 0, api: 0, postgres: 0, temporal: 0, baseline: 0 };
}

function addCpu(
  sum: Record<PartName, number>,
  before: Record<PartName, number>,
  after: Record<PartName, number>,
): void {
  for (const name of ["worker", "api", "postgres", "temporal", "baseline"] as const)
    sum[name] += after[name] - before[name];
}

function readRssMb(pid: number): { worker: number; cells: number } {
  const rss = { worker: 0, cells: 0 };
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const status = readFileSync(`/proc/${entry}/status`, "utf8");
      const mb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
      if (Number(entry) === pid) rss.worker += mb;
      else if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === pid) rss.cells += mb;
    } catch {
      // it ended meanwhile
    }
  }
  return rss;
}

function quantile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

function median(values: number[]): number {
  return quantile(values, 0.5);
}

function spreadOf(values: number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}
