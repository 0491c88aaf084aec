import { assertNever } from "#contract/assert-never.ts";
import type { SandboxError, SandboxOutcome, StepReport } from "#contract/sandbox.ts";
import type { StepCalls } from "#contract/flow-calls.ts";
import type { StepState } from "#contract/step-state.ts";
import type { Death } from "./cell-process.ts";
import type { FetchBroker } from "./fetch-broker.ts";
import type { RunEnd } from "./run-in-cell.ts";

/** What a step came to, in the words of the contract. */
export interface ReportParts {
  end: RunEnd;
  broker: FetchBroker | undefined;
  state?: StepState | undefined;
  calls?: StepCalls | undefined;
  waitMs: number;
  runMs: number;
}

export function reportOf({ end, broker, state, calls, waitMs, runMs }: ReportParts): StepReport {
  const accesses = broker?.report() ?? { accesses: [], accessesDropped: 0, fetches: { count: 0 } };
  if (end.type !== "result") {
    const usage = end.type === "lost" ? end.death.usage : undefined;
    return {
      ...failureOf(end),
      logs: end.logs,
      logsDropped: 0,
      ...accesses,
      timings: { waitMs, runMs, cpuMs: usage?.cpuMs ?? 0 },
      ...(usage === undefined ? {} : { peakHeapMb: usage.rssMb }),
    };
  }
  const { result } = end;
  return {
    outcome: result.outcome,
    ...(result.outcome === "ok" ? { outputJson: result.output ?? "null" } : {}),
    ...(result.error === undefined ? {} : { error: result.error }),
    ...(result.outcome === "ok" && state !== undefined ? { stateWrites: state.writes } : {}),
    ...(result.outcome === "ok" && calls !== undefined ? { flowCalls: calls.calls } : {}),
    logs: result.logs,
    logsDropped: result.logsDropped,
    ...accesses,
    timings: { waitMs: waitMs + result.readyMs, runMs: result.runMs, cpuMs: result.cpuMs },
    ...(result.heapMb > 0 ? { peakHeapMb: result.heapMb } : {}),
  };
}

/** A step that never reached a cell, or whose outcome the host decides. */
export function hostReport(outcome: SandboxOutcome, error: SandboxError): StepReport {
  return {
    outcome,
    error,
    logs: [],
    logsDropped: 0,
    accesses: [],
    accessesDropped: 0,
    fetches: { count: 0 },
    timings: { waitMs: 0, runMs: 0, cpuMs: 0 },
  };
}

function failureOf(end: Exclude<RunEnd, { type: "result" }>): {
  outcome: SandboxOutcome;
  error: SandboxError;
} {
  if (end.type === "cancelled")
    return { outcome: "cancelled", error: { name: "Cancelled", message: "The step was cancelled" } };
  return outcomeOfDeath(end.death);
}

const V8_OUT_OF_MEMORY = /out of memory|allocation failed|invalid (table|array) size/i;

/** What to call it when a step's cell is gone and the step was why. */
export function outcomeOfDeath(death: Death): { outcome: SandboxOutcome; error: SandboxError } {
  switch (death.reason) {
    case "cpu":
      return {
        outcome: "cpu-exceeded",
        error: {
          name: "CpuExceeded",
          message: "The step used up its CPU time and did not stop: its cell was ended",
        },
      };
    case "wall":
      return {
        outcome: "timed-out",
        error: {
          name: "TimedOut",
          message: "The step passed its time limit and did not stop: its cell was ended",
        },
      };
    case "memory":
      return outOfMemory();
    case "cancelled":
      return { outcome: "cancelled", error: { name: "Cancelled", message: "The step was cancelled" } };
    case "stopped":
      return crashed("The sandbox was stopped while the step ran");
    case "test":
    case "recycled":
    case "silent":
    case "broke-protocol":
    case "died":
      return V8_OUT_OF_MEMORY.test(death.stderr)
        ? outOfMemory()
        : crashed("The step ended its cell's process twice");
  }
  return assertNever(death.reason);
}

function outOfMemory(): { outcome: SandboxOutcome; error: SandboxError } {
  return {
    outcome: "out-of-memory",
    error: { name: "OutOfMemory", message: "The step needed more memory than its cell may have" },
  };
}

function crashed(message: string): { outcome: SandboxOutcome; error: SandboxError } {
  return { outcome: "crashed", error: { name: "Crashed", message, retryable: true } };
}
