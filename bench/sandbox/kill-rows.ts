import { setTimeout as pause } from "node:timers/promises";
import type { Sandbox } from "#contract/sandbox.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import type { BenchRow } from "../run.ts";
import { emptyForkMs } from "./baselines.ts";
import { inTurn } from "./in-turn.ts";
import { bundleOf, execute } from "./sessions.ts";
import { row } from "./spread.ts";

interface Case {
  name: string;
  target: string;
  spareCells: number;
  measure(sandbox: Sandbox, spareCells: number): Promise<number>;
}

const CASES: readonly Case[] = [
  {
    name: "cold cell: from nothing forked to a result",
    target: "≤ 250",
    spareCells: 0,
    measure: coldMs,
  },
  {
    name: "SIGKILL of a cell to a result of another, spare ready",
    target: "≤ 60",
    spareCells: 1,
    measure: replacementMs,
  },
  {
    name: "SIGKILL of a cell to a result of another, no spare",
    target: "≤ 250",
    spareCells: 0,
    measure: replacementMs,
  },
];

const bundle = bundleOf("a: () => 1");

/** What a cell costs that is not there when it is wanted. */
export async function killRows(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { name, target, spareCells, measure } of CASES) {
    const measured = await inTurn(() => withSandbox(spareCells, measure), emptyForkMs);
    const baseline = { name: "fork of an empty Node, ms", value: measured.baseline };
    rows.push({ name, ...row(measured), unit: "ms", target, baseline });
  }
  return rows;
}

async function withSandbox(spareCells: number, measure: Case["measure"]): Promise<number> {
  const sandbox = await createSandbox({ fetch: () => Promise.reject(new Error("no network")), spareCells });
  try {
    return await measure(sandbox, spareCells);
  } finally {
    await sandbox.stop();
  }
}

async function coldMs(sandbox: Sandbox): Promise<number> {
  const from = performance.now();
  await execute(sandbox, { steps: ["a"], bundle });
  return performance.now() - from;
}

async function replacementMs(sandbox: Sandbox, spareCells: number): Promise<number> {
  await execute(sandbox, { steps: ["a"], bundle });
  const states = () => sandbox.status().cells;
  // Until the spare is ready where there is to be one.
  while (spareCells > 0 && !states().some(({ state }) => state === "ready")) await pause(10);
  const bound = states().find(({ state }) => state === "bound");
  if (bound === undefined) throw new Error("No cell served");
  process.kill(bound.pid, "SIGKILL");
  const from = performance.now();
  while (states().some(({ pid }) => pid === bound.pid)) await pause(1);
  await execute(sandbox, { steps: ["a"], bundle });
  return performance.now() - from;
}
