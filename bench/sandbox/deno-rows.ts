import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BenchRow } from "../run.ts";
import { ROUNDS } from "./in-turn.ts";
import { quantile, saturate } from "./sessions.ts";
import { spreadOf } from "./spread.ts";

/**
 * The same three empty steps in Deno, for scale: a process for each step, a Worker for each execution in a process that is
 * warm, and one Worker for everything, which keeps nobody apart. Deno is fetched from npm at the first run, since a clone
 * has no other use for its 95 MB.
 */
const DENO_VERSION = "2.9.6";
const FOLDER = fileURLToPath(new URL("../../.cache/bench/deno/", import.meta.url));
const PROGRAMS = fileURLToPath(new URL("./deno/", import.meta.url));
const STEPS = ["a", "b", "c"];
const ONE_BY_ONE = 20;
const TICK_MS = 10;

interface Kind {
  name: string;
  note: string;
  execute(): Promise<unknown>;
  cpuMs(): number;
}

export async function denoRows(seconds: number): Promise<BenchRow[]> {
  const deno = await findDeno();
  if (deno === undefined) return [];
  const workers = startWorkers(deno);
  try {
    const rows: BenchRow[] = [];
    for (const kind of kindsOf(deno, workers)) rows.push(...(await rowsOf(kind, seconds)));
    return rows;
  } finally {
    workers.child.stdin?.end();
    await once(workers.child, "exit");
  }
}

function kindsOf(deno: string, workers: Workers): Kind[] {
  return [
    {
      name: "Deno: `deno run` for each of the 3 steps",
      note: "a process for each step, no permission given",
      execute: async () => {
        for (const step of STEPS) await runStep(deno, step);
      },
      cpuMs: () => ticksOf("self", [13, 14]) * TICK_MS,
    },
    {
      name: "Deno: warm process, a Worker for each execution",
      note: "an isolate and a thread for each execution, permissions none, one process: a crash of V8 ends all",
      execute: () => workers.execute(true),
      cpuMs: () => ticksOf(String(workers.child.pid), [11, 12]) * TICK_MS,
    },
    {
      name: "Deno: one warm Worker for all executions",
      note: "nothing keeps one execution from another",
      execute: () => workers.execute(false),
      cpuMs: () => ticksOf(String(workers.child.pid), [11, 12]) * TICK_MS,
    },
  ];
}

async function rowsOf({ name, note, execute, cpuMs }: Kind, seconds: number): Promise<BenchRow[]> {
  await execute();
  const medians: number[] = [];
  const rates: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times: number[] = [];
    for (let n = 0; n < ONE_BY_ONE; n += 1) times.push(await msOf(execute));
    medians.push(quantile(times, 0.5));
    const cpuFrom = cpuMs();
    const from = performance.now();
    const done = await saturate(8, Math.min(seconds, 3), execute);
    rates.push((done / (performance.now() - from)) * 1000);
    cpus.push((cpuMs() - cpuFrom) / done);
  }
  return [
    { name: `${name}: p50`, ...spreadOf(medians), unit: "ms", note },
    { name, ...spreadOf(rates), unit: "executions/s" },
    { name: `${name}: CPU of Deno`, value: quantile(cpus, 0.5), unit: "ms/execution" },
  ];
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function runStep(deno: string, step: string): Promise<unknown> {
  const child = spawn(deno, ["run", "--quiet", "--no-prompt", join(PROGRAMS, "step.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify({ step }));
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  await once(child, "close");
  return JSON.parse(text);
}

interface Workers {
  child: ChildProcess;
  execute(fresh: boolean): Promise<unknown>;
}

function startWorkers(deno: string): Workers {
  const args = ["run", "--quiet", "--no-prompt", "--unstable-worker-options", `--allow-read=${PROGRAMS}`];
  const child = spawn(deno, [...args, join(PROGRAMS, "workers.mjs")], { stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (answer: unknown) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line) as { id: number }; // a line of workers.mjs
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  const execute = (fresh: boolean) => {
    const id = ++last;
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ id, fresh })}\n`);
    });
  };
  return { child, execute };
}

/** Undefined, with a word about it, where npm cannot bring it. */
async function findDeno(): Promise<string | undefined> {
  const binary = join(FOLDER, "node_modules/.bin/deno");
  if (existsSync(binary)) return binary;
  try {
    const args = ["install", "--no-save", "--no-fund", "--no-audit", "--prefix", FOLDER];
    await promisify(execFile)("npm", [...args, `deno@${DENO_VERSION}`]);
    return binary;
  } catch (error) {
    console.log(`Deno is left out: npm could not install it (${String(error).split("\n")[0]})`);
    return undefined;
  }
}

/** Sum of numbered fields of `/proc/<pid>/stat` after the command's name: 11 and 12 its own CPU, 13 and 14 that of children which have ended. */
function ticksOf(pid: string, fields: readonly number[]): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const all = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return fields.reduce((sum, field) => sum + Number(all[field]), 0);
}
