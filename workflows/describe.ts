import type { StepNode } from "#contract/plan.ts";
import type { FlowRun } from "./flow-run.ts";
import type { StepFailed } from "./step-failed.ts";

/**
 * Markdown for "Current details" in Temporal UI: what runs, what it waits for, why it failed. No data of the flow but
 * what a failure's message may say. Numbers are written "1 of 2": Temporal UI draws "1/2" as a half.
 */
export function describeAttempt(run: FlowRun): string {
  return `Attempt ${attemptOf(run)} of the flow begins.${doneOf(run)}`;
}

export function describeStep(run: FlowRun, step: StepNode): string {
  return `Running step ${nameOf(step)}, attempt ${attemptOf(run)} of the flow.${doneOf(run)}`;
}

export function describeWait(
  run: FlowRun,
  wait: { next: string; untilMs: number; failure: StepFailed; step: StepNode | undefined },
): string {
  return [
    `Waiting until **${instantOf(wait.untilMs)}**, then: ${wait.next}.`,
    "",
    ...describeFailure(wait.failure, wait.step),
    `- Now: attempt ${attemptOf(run)} of the flow.${doneOf(run)}`,
    "- Sooner: **retry now** in Millrace, or the signal `retryNow` here.",
  ].join("\n");
}

export function describeEnd(
  run: FlowRun,
  end: { state: string; failure?: StepFailed; step?: StepNode | undefined },
): string {
  const first = `Ended: **${end.state}**, attempt ${attemptOf(run)} of the flow.${doneOf(run)}`;
  if (end.failure === undefined) return first;
  return [
    first,
    "",
    ...describeFailure(end.failure, end.step),
    "- Next: nothing more is tried. **Resume** in Millrace continues from the failed step, **replay** runs all again.",
  ].join("\n");
}

function describeFailure(failure: StepFailed, step: StepNode | undefined): string[] {
  const name = step === undefined ? `**${escaped(failure.path)}**` : nameOf(step);
  return [
    `- Failed: step ${name}, try ${failure.stepAttempt}`,
    `- Why: ${statusOf(failure)}${escaped(failure.message)} (\`${failure.code}\`)`,
  ];
}

/** "HTTP 503: ", or nothing where no response is spoken of. */
export function statusOf({ httpStatus }: StepFailed): string {
  return httpStatus === undefined ? "" : `HTTP ${httpStatus}: `;
}

/** To the second, in the form that sorts: "2026-11-24 20:03:57 UTC". */
export function instantOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function nameOf({ path, name }: StepNode): string {
  return name === path ? `**${escaped(path)}**` : `**${escaped(path)}** (${escaped(name)})`;
}

/** Authors and upstreams write messages: they may not become links or headings here. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()<>#|!]/g, "\\$&").replaceAll(/\s+/g, " ");
}

function attemptOf(run: FlowRun): string {
  return `${run.attempt} of ${run.input.plan.retry.maxAttempts}`;
}

function doneOf(run: FlowRun): string {
  return run.done.size === 0 ? "" : ` Done: ${run.done.size} ${run.done.size === 1 ? "step" : "steps"}.`;
}
