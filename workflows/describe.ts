import type { StepNode } from "#contract/plan.ts";
import type { FlowRun } from "./flow-run.ts";
import type { StepFailed } from "./step-failed.ts";

/** Markdown for "Current details" in Temporal UI: what runs, or what it waits for. No data of the flow in it. */
export function describeAttempt(run: FlowRun): string {
  return `Attempt ${attemptOf(run)} of the flow begins.${doneOf(run)}`;
}

export function describeStep(run: FlowRun, step: StepNode): string {
  return `Running step **${step.path}** (${step.name}), attempt ${attemptOf(run)} of the flow.${doneOf(run)}`;
}

export function describeWait(
  run: FlowRun,
  wait: { summary: string; delayMs: number; failure: StepFailed },
): string {
  const until = new Date(Date.now() + wait.delayMs).toISOString();
  return [
    `Waiting until **${until}**: ${wait.summary}.`,
    "",
    `- Last failure: step **${wait.failure.path}**, \`${wait.failure.code}\`: ${wait.failure.message}`,
    `- Attempt ${attemptOf(run)} of the flow.${doneOf(run)}`,
    "- The signal `retryNow` ends the wait.",
  ].join("\n");
}

export function describeEnd(run: FlowRun, state: string): string {
  return `Ended: **${state}**, attempt ${attemptOf(run)} of the flow.${doneOf(run)}`;
}

function attemptOf(run: FlowRun): string {
  return `${run.attempt}/${run.input.plan.retry.maxAttempts}`;
}

function doneOf(run: FlowRun): string {
  return run.done.size === 0 ? "" : ` Done: ${run.done.size} ${run.done.size === 1 ? "step" : "steps"}.`;
}
