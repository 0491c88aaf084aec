import type { Step } from "#contract/api/executions.ts";
import { listSteps, type StepNode } from "#contract/plan.ts";
import { planOf } from "#contract/plan-from-definition.ts";
import type { FlowDefinition } from "#contract/definition.ts";
import type { StepAttemptRow } from "#db/list-steps.ts";

/** Outputs up to this length are part of the answer. */
export const SHOWN_OUTPUT_CHARACTERS = 100_000;

/** The steps of an execution in the order of the flow, those that have not run among them. */
export function toSteps(flow: FlowDefinition, rows: readonly StepAttemptRow[]): Step[] {
  return listSteps(planOf(flow).root).map((node) =>
    toStep(
      node,
      rows.filter((row) => row.path === node.path),
    ),
  );
}

function toStep(node: StepNode, rows: readonly StepAttemptRow[]): Step {
  const last = rows.at(-1);
  const { output } = last ?? { output: null };
  return {
    path: node.path,
    name: node.name,
    state: stateOf(last),
    // Text that a cell checked to be JSON before it was stored.
    ...(output !== null && { output: JSON.parse(output) as unknown }),
    outputCharacters: last?.output_characters ?? 0,
    attempts: rows.map(toAttempt),
  };
}

function stateOf(last: StepAttemptRow | undefined): Step["state"] {
  switch (last?.outcome) {
    case undefined:
      return "pending";
    case "ok":
      return "succeeded";
    case "kept":
      return "kept";
    default:
      return "failed";
  }
}

function toAttempt(row: StepAttemptRow): Step["attempts"][number] {
  return {
    generation: row.generation,
    attempt: row.attempt,
    stepAttempt: row.step_attempt,
    outcome: row.outcome,
    startedAt: row.started_at.toISOString(),
    waitMs: row.wait_ms,
    runMs: row.run_ms,
    cpuMs: row.cpu_ms,
    peakHeapMb: row.peak_heap_mb,
    fetches: row.fetches === null ? null : { ...row.fetches },
    accesses: row.accesses === null ? null : { ...row.accesses },
    logsDropped: row.logs_dropped,
    error: row.error === null ? null : { ...row.error },
  };
}
