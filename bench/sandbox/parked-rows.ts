import { setTimeout as pause } from "node:timers/promises";
import type { Bundle } from "#contract/sandbox.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { BenchRow } from "../run.ts";
import { timersLateMs } from "./baselines.ts";
import { cellsRssMb } from "./cell-usage.ts";
import { bundleOf, execute, quantile, saturate } from "./sessions.ts";
import { spreadOf } from "./spread.ts";

const PARKED = 512;
const STEP_WAIT_MS = 300;
const SHORT = ["a", "b", "c"] as const;
/** Each takes a sandbox of its own and some ten seconds. */
const ROUNDS = 3;

interface Parked {
  rate: number;
  late: number[];
  firstLate: number[];
  /** The most that all cells had. */
  rssMb: number;
  /** Of a cell that nothing has run in, and how many there were at most. */
  emptyCellMb: number;
  cells: number;
}

/**
 * A sandbox of its own: the memory stated is what these executions take. First 512 executions that go on: what a
 * parked step is late. Then executions of three steps, which are bound by the making of their isolates.
 */
export async function parkedRows(seconds: number): Promise<BenchRow[]> {
  const wait = `() => new Promise((done) => setTimeout(done, ${STEP_WAIT_MS}, 1))`;
  const bundle = bundleOf(SHORT.map((key) => `${key}: ${wait}`).join());
  const roundMs = Math.max(seconds, 5) * 1000;
  const steps = Array.from({ length: Math.ceil(roundMs / STEP_WAIT_MS) }, () => "a");
  const long: Parked[] = [];
  const short: Parked[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    long.push(await parked(bundle, steps, 0));
    short.push(await parked(bundle, SHORT, roundMs / 1000));
  }
  const timers = quantile(await timersLateMs(PARKED, STEP_WAIT_MS, 5), 0.99);
  return [...longRows(long, steps.length, timers), ...shortRows(short)];
}

function longRows(rounds: readonly Parked[], steps: number, timersMs: number): BenchRow[] {
  const late = (at: number) => spreadOf(rounds.map((one) => quantile(one.late, at)));
  const baseline = { name: "512 timers, p99 late, ms", value: timersMs };
  return [
    {
      name: `512 at once, ${steps} steps of 300 ms each`,
      ...spreadOf(rounds.map(({ rate }) => rate)),
      unit: "steps/s",
      target: "≥ 1100",
    },
    { name: "512 at once: added to a later step, p50", ...late(0.5), unit: "ms" },
    { name: "512 at once: added to a later step, p99", ...late(0.99), unit: "ms", target: "≤ 50", baseline },
    {
      name: "512 at once: added to the first step, p50",
      ...spreadOf(rounds.map(({ firstLate }) => quantile(firstLate, 0.5))),
      unit: "ms",
      note: "all 512 isolates are made within the same 300 ms",
    },
    {
      name: "512 at once: memory of all cells",
      ...spreadOf(rounds.map(({ rssMb }) => rssMb)),
      unit: "MB",
      target: "≤ 1024",
    },
    { name: "a cell that holds nothing", ...spreadOf(rounds.map((one) => one.emptyCellMb)), unit: "MB" },
    {
      name: "a parked execution",
      ...spreadOf(rounds.map((one) => (one.rssMb - one.cells * one.emptyCellMb) / PARKED)),
      unit: "MB",
    },
  ];
}

function shortRows(rounds: readonly Parked[]): BenchRow[] {
  return [
    {
      name: "512 at once, 3 steps of 300 ms, again and again",
      ...spreadOf(rounds.map(({ rate }) => rate)),
      unit: "steps/s",
      target: "≥ 1100",
    },
    {
      name: "the same: memory of all cells",
      ...spreadOf(rounds.map(({ rssMb }) => rssMb)),
      unit: "MB",
    },
  ];
}

async function parked(bundle: Bundle, steps: readonly string[], seconds: number): Promise<Parked> {
  const sandbox = await createSandbox({
    fetch: () => Promise.reject(new Error("no network")),
    executionsPerCell: Number.POSITIVE_INFINITY,
  });
  while (!sandbox.status().cells.some(({ state }) => state === "ready")) await pause(10);
  const emptyCellMb = cellsRssMb(sandbox) / sandbox.status().cells.length;
  const late: number[] = [];
  const firstLate: number[] = [];
  let rssMb = 0;
  let cells = 0;
  const poll = setInterval(() => {
    rssMb = Math.max(rssMb, cellsRssMb(sandbox));
    cells = Math.max(cells, sandbox.status().cells.length);
  }, 100);
  const work = async () => {
    // Senders do not arrive in step with each other.
    await pause(Math.random() * STEP_WAIT_MS);
    const { stepMs } = await execute(sandbox, { steps, bundle });
    const [first = 0, ...later] = stepMs.map((ms) => ms - STEP_WAIT_MS);
    firstLate.push(first);
    late.push(...later);
  };
  try {
    // Cells are bound and forked before.
    await saturate(PARKED, 0.1, () => execute(sandbox, { steps: ["a"], bundle }));
    const from = performance.now();
    await saturate(PARKED, seconds, work);
    const rate = ((late.length + firstLate.length) / (performance.now() - from)) * 1000;
    return { rate, late, firstLate, rssMb, emptyCellMb, cells };
  } finally {
    clearInterval(poll);
    await sandbox.stop();
  }
}
