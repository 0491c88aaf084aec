import type { SandboxOutcome, StepReport } from "#contract/sandbox.ts";
import type { HostileProgram } from "./program.ts";

/** What was seen of one program: facts, of which each can show that it was not contained. */
export interface Observation {
  report: StepReport;
  /** Of the canaries. */
  disturbed: string[];
  secrets: Record<string, string>;
  /** From the moment that the program could run to its outcome. */
  ranMs: number;
  /** What it was allowed: its step's time, its CPU, and the clock that one burst gets for that CPU. */
  allowed: { timeoutMs: number; cpuMs: number; burstMs: number };
  /** By how much the machine itself was late meanwhile, at most, in running a thread that was due. */
  machineLateMs: number;
  overLimitMb: number;
  /** CPU of the program's cell in a while after its outcome. */
  burnsOnMs: number;
  /** Cells ended for what was in them. */
  cellsEnded: string[];
  /** Of the parked execution in the same cell; undefined: it ended as it should. */
  bystanderProblem: string | undefined;
  /** Failures of the other customer, whose cell is another. */
  neighbourProblems: string[];
  /** The longest that the host did not answer. */
  hostStallMs: number;
}

export interface Verdict {
  verdict: "contained" | "recycled" | "unexpected" | "ESCAPED";
  outcome: SandboxOutcome;
  /** Why it is escaped or unexpected. */
  reasons: string[];
}

/** Beyond the limits, in milliseconds and megabytes: what the issue of this suite allows. */
const GRACE_MS = 250;
const GRACE_MB = 64;
/** Watchdog, dying cell and host have to run in turn before an outcome is there; each may be as late as the machine is. */
const TURNS = 3;
const MOST_BURN_MS = 120;
const MOST_STALL_MS = 500;

export function judge(program: HostileProgram, seen: Observation): Verdict {
  const { outcome } = seen.report;
  const escapes = [
    ...seen.disturbed,
    ...secretsIn(seen),
    ...reachedIn(seen.report).map((name) => `it got hold of ${name}`),
    ...lateness(seen),
    ...(seen.overLimitMb > GRACE_MB
      ? [`its cell passed its memory by ${Math.round(seen.overLimitMb)} MB`]
      : []),
    ...(seen.burnsOnMs > MOST_BURN_MS
      ? [`its cell burned ${seen.burnsOnMs} ms of CPU after the outcome`]
      : []),
    ...(seen.bystanderProblem === undefined
      ? []
      : [`the execution parked beside it: ${seen.bystanderProblem}`]),
    ...seen.neighbourProblems.map((problem) => `the other customer: ${problem}`),
    ...(seen.hostStallMs - seen.machineLateMs > MOST_STALL_MS
      ? [`the host did not answer for ${Math.round(seen.hostStallMs)} ms`]
      : []),
  ];
  if (escapes.length > 0) return { verdict: "ESCAPED", outcome, reasons: escapes };
  const surprises = surprisesOf(program, seen);
  if (surprises.length > 0) return { verdict: "unexpected", outcome, reasons: surprises };
  return { verdict: seen.cellsEnded.length > 0 ? "recycled" : "contained", outcome, reasons: [] };
}

/** CPU is limited by the clock within a burst, and by what was used over many: late is what has passed both. */
function lateness({ report, ranMs, allowed, machineLateMs }: Observation): string[] {
  const ran = ranMs - TURNS * machineLateMs - GRACE_MS;
  const usedTooMuch = report.timings.cpuMs > allowed.cpuMs + GRACE_MS;
  const lateMs = Math.max(ran - allowed.timeoutMs, usedTooMuch ? ran - allowed.burstMs : 0);
  return lateMs > 0 ? [`its outcome came ${Math.round(lateMs + GRACE_MS)} ms after its limits`] : [];
}

function surprisesOf(program: HostileProgram, seen: Observation): string[] {
  const { report, cellsEnded } = seen;
  const { cell = "kept" } = program;
  // Who passes one of these may be ended by V8 or by the watchdog: a slow machine decides.
  const isByLimit = report.outcome === "cpu-exceeded" || report.outcome === "out-of-memory";
  const found: string[] = [];
  if (!program.expect.includes(report.outcome) && !wasStarved(program, seen))
    found.push(
      `${report.outcome} (${report.error?.message.slice(0, 200)}), not ${program.expect.join(" or ")}`,
    );
  if (cell === "kept" && cellsEnded.length > 0 && !isByLimit)
    found.push(`its cell was ended: ${cellsEnded.join(", ")}`);
  if (cell === "recycled" && cellsEnded.length === 0) found.push("its cell was not ended");
  return found;
}

/** It was meant to use up its CPU, and the machine had not that much for it within its time. */
function wasStarved({ expect }: HostileProgram, { report, ranMs, allowed }: Observation): boolean {
  const { outcome, timings } = report;
  const isTimeUp = outcome === "timed-out" && ranMs >= allowed.timeoutMs;
  return isTimeUp && expect.includes("cpu-exceeded") && timings.cpuMs < allowed.cpuMs;
}

/** Secrets in anything that the step has said, plain or in a coding that hides them from a reader. */
function secretsIn({ report, secrets }: Observation): string[] {
  const text = JSON.stringify([report.outputJson, report.error, report.logs]);
  return Object.entries(secrets).flatMap(([name, value]) => {
    const bytes = Buffer.from(value);
    const codings = [
      value,
      bytes.toString("base64"),
      bytes.toString("hex"),
      Array.from(value).toReversed().join(""),
    ];
    return codings.some((coded) => text.includes(coded))
      ? [`the secret of the ${name} stands in what it said`]
      : [];
  });
}

function reachedIn({ outputJson }: StepReport): string[] {
  if (outputJson === undefined || !outputJson.includes('"reached"')) return [];
  const output: unknown = JSON.parse(outputJson);
  const isNamed = typeof output === "object" && output !== null && "reached" in output;
  return isNamed && Array.isArray(output.reached) ? output.reached.map(String) : [];
}
