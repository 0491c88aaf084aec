import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox, StepReport } from "#contract/sandbox.ts";
import { createEgress } from "#egress/create-egress.ts";
import { createSandbox } from "#sandbox/host/create-sandbox.ts";
import { HOSTILE_NAMES } from "../families/addresses.ts";
import { Bystander } from "./bystander.ts";
import { setOutCanaries, type Canaries } from "./canaries.ts";
import { cpuOf } from "./cell-cpu.ts";
import { CellSampler } from "./cell-sampler.ts";
import { ATTACKER, bundleOf, openExecution, stepRequest } from "./executions.ts";
import { judge, type Observation, type Verdict } from "./judge.ts";
import { Neighbour, slowdownOf } from "./neighbour.ts";
import { QUICK_CPU_MS, QUICK_TIMEOUT_MS, type HostileFamily, type HostileProgram } from "./program.ts";
import { startStallMeter, type StallMeter } from "./stall-meter.ts";

/** One program's line of the table. */
export interface ProgramResult extends Verdict {
  family: string;
  mechanism: string;
  ranMs: number;
  peakMb: number;
}

export interface VerifyReport {
  results: ProgramResult[];
  neighbour: { steps: number; quietP95Ms: number; attackedP95Ms: number; slowdown: number };
}

export interface VerifyOptions {
  families: readonly HostileFamily[];
  /** Told of each as it ends. */
  onResult?: (result: ProgramResult) => void;
  /** Length of the times without attacks, before and among them, for the neighbour to compare with. */
  quietMs?: number;
  signal?: AbortSignal;
}

/** What a burst may take by the clock for each millisecond of its CPU limit, and beyond: docs/sandbox.md, limits. */
const WALL_PER_CPU = 1.5;
const WALL_GRACE_MS = 50;
const LOOK_AFTER_MS = 150;
/** As long as the end of an isolate may take before its cell is ended for it. */
const LOOK_AGAIN_MS = 450;
const SUSPICIOUS_BURN_MS = 80;
const PATIENCE_MS = 60_000;
const QUIET_MS = 2_000;
/** Quiet times lie among the attacks: what else the machine does is in both. */
const QUIET_EVERY = 12;

/**
 * Runs hostile programs one after another in real cells, as the engine would, with an honest neighbour in another
 * cell and a parked one in the attacker's own, and judges each by what was seen.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const canaries = await setOutCanaries();
  const egress = createEgress({ resolve: resolveHostile() });
  const ended: string[] = [];
  const bystander = new Bystander(canaries.secrets["bystander"] ?? "");
  const sandbox = await createSandbox({
    fetch: bystander.around(egress.fetch),
    maxCells: 4,
    // An execution gets a second cell of its domain where one is forked already: the parked one is to share the attacker's.
    spareCells: 0,
    onCellEnded: ({ domain, reason }) => {
      if (domain?.organizationId === ATTACKER.organizationId && reason !== "recycled") ended.push(reason);
    },
  });
  const sampler = new CellSampler(sandbox);
  const stalls = startStallMeter();
  const neighbour = new Neighbour(sandbox, canaries.secrets["neighbour"] ?? "");
  try {
    const room = { sandbox, canaries, sampler, stalls, neighbour, bystander, ended };
    return await runAll(room, options);
  } finally {
    await neighbour.stop();
    stalls.stop();
    await sampler.stop();
    await sandbox.stop();
    await egress.stop();
    await canaries.stop();
  }
}

interface Room {
  sandbox: Sandbox;
  canaries: Canaries;
  sampler: CellSampler;
  stalls: StallMeter;
  neighbour: Neighbour;
  bystander: Bystander;
  /** Reasons of cells of the attacker that were ended. */
  ended: string[];
}

async function runAll(room: Room, { families, onResult, quietMs = QUIET_MS, signal }: VerifyOptions) {
  const { neighbour } = room;
  await sleep(quietMs);
  neighbour.forget();
  await sleep(quietMs);
  const results: ProgramResult[] = [];
  for (const family of families)
    for (const program of family.programs) {
      signal?.throwIfAborted();
      neighbour.phase = "attacked";
      const result = { family: family.name, ...(await runProgram(room, program)) };
      neighbour.phase = "quiet";
      results.push(result);
      onResult?.(result);
      if (results.length % QUIET_EVERY === 0) await sleep(quietMs);
    }
  const quiet = neighbour.latency("quiet");
  const attacked = neighbour.latency("attacked");
  const slowdown = slowdownOf(quiet.p95Ms, attacked.p95Ms);
  return {
    results,
    neighbour: { steps: attacked.steps, quietP95Ms: quiet.p95Ms, attackedP95Ms: attacked.p95Ms, slowdown },
  };
}

async function runProgram(room: Room, program: HostileProgram): Promise<Omit<ProgramResult, "family">> {
  const { sandbox, canaries, sampler, stalls, neighbour, bystander, ended } = room;
  const parked = await bystander.park(sandbox);
  await sampler.take();
  stalls.take();
  ended.length = 0;
  const { report, allowed } = await attack(room, program);
  const burnsOnMs = await burnAfter(sandbox);
  const cellsEnded = [...ended];
  const bystanderProblem = await parked.release();
  const sample = await sampler.take();
  const ranMs = report.timings.runMs;
  const verdict = judge(program, {
    report,
    disturbed: await canaries.disturbed(),
    secrets: canaries.secrets,
    ranMs,
    allowed,
    machineLateMs: sample.lateMs,
    overLimitMb: sample.overLimitMb,
    burnsOnMs,
    cellsEnded,
    bystanderProblem,
    neighbourProblems: neighbour.takeProblems(),
    hostStallMs: stalls.take(),
  });
  return { ...verdict, mechanism: program.mechanism, ranMs, peakMb: sample.peakMb };
}

async function attack(
  { sandbox, canaries }: Room,
  program: HostileProgram,
): Promise<{ report: StepReport; allowed: Observation["allowed"] }> {
  const limits = { cpuMs: QUICK_CPU_MS, ...program.limits };
  const timeoutMs = program.timeoutMs ?? QUICK_TIMEOUT_MS;
  const permissions = program.permissions?.(canaries.world);
  const session = openExecution(sandbox, {
    domain: ATTACKER,
    bundle: bundleOf(
      { attack: program.code },
      { prologue: program.prologue, sourceMap: program.sourceMap?.() },
    ),
    input: canaries.world,
    config: {},
    limits,
    ...(permissions === undefined ? {} : { permissions }),
  });
  try {
    const report = await session.runStep(stepRequest("attack", timeoutMs), AbortSignal.timeout(PATIENCE_MS));
    const burstMs = limits.cpuMs * WALL_PER_CPU + WALL_GRACE_MS;
    return { report, allowed: { timeoutMs, cpuMs: limits.cpuMs, burstMs } };
  } finally {
    session.close();
  }
}

/** CPU that the attacker's cell goes on to use: nobody but it has work there. Twice, since a spare may be made once. */
async function burnAfter(sandbox: Sandbox): Promise<number> {
  const first = await burnNow(sandbox);
  if (first < SUSPICIOUS_BURN_MS) return first;
  await sleep(LOOK_AGAIN_MS);
  return burnNow(sandbox);
}

async function burnNow(sandbox: Sandbox): Promise<number> {
  const pids = sandbox
    .status()
    .cells.filter(({ domain }) => domain?.organizationId === ATTACKER.organizationId)
    .map(({ pid }) => pid);
  const before = pids.map(cpuOf);
  await sleep(LOOK_AFTER_MS);
  return Math.max(0, ...pids.map((pid, at) => cpuOf(pid) - (before[at] ?? 0)));
}

/** DNS as an attacker has it: each question to a name may have another answer. */
function resolveHostile(): (host: string) => Promise<string[]> {
  const asked = new Map<string, number>();
  return (host) => {
    const answers = HOSTILE_NAMES[host];
    if (answers === undefined) return Promise.reject(new Error(`${host} has no address`));
    const times = asked.get(host) ?? 0;
    asked.set(host, times + 1);
    return Promise.resolve(answers[Math.min(times, answers.length - 1)] ?? []);
  };
}
