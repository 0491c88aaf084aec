import { condition, setCurrentDetails } from "@temporalio/workflow";
import type { StepNode } from "#contract/plan.ts";
import type { WaitingFor } from "#contract/states.ts";
import { describeWait, instantOf } from "./describe.ts";
import { type FlowRun, writeOf } from "./flow-run.ts";
import { local } from "./proxies.ts";
import { withJitter } from "./retry.ts";
import type { StepFailed } from "./step-failed.ts";

export interface Wait {
  reason: WaitingFor["reason"];
  delayMs: number;
  /** "retry 2/3 of the flow: post failed, HTTP 503" */
  detail: string;
  /** What comes after it, for "Current details": "attempt 2 of 3 of the flow". */
  next: string;
  failure: StepFailed;
  step: StepNode | undefined;
  /** A shorter one is not written. Default 0. */
  recordFromMs?: number;
}

/**
 * Waits until the delay is over or a person wants it now; the wait is written before it begins, unless it is
 * shorter than `recordFromMs`. For a step's wait that was written the return is written too; the flow's retry
 * writes its own, with the next attempt's number.
 */
export async function waitOnRecord(run: FlowRun, wait: Wait): Promise<void> {
  const { reason, detail } = wait;
  const delayMs = withJitter(wait.delayMs, Math.random);
  const isRecorded = delayMs >= (wait.recordFromMs ?? 0);
  const untilMs = Date.now() + delayMs;
  setCurrentDetails(describeWait(run, { ...wait, untilMs }));
  if (isRecorded) {
    await local.recordWaiting.executeWithOptions({ summary: detail }, [
      { ...writeOf(run), reason, untilMs, detail },
    ]);
  }
  await condition(() => run.wakeRequested, Math.max(1, delayMs), { summary: timerSummary(wait, untilMs) });
  run.wakeRequested = false;
  if (isRecorded && reason !== "retry")
    await local.recordResumed.executeWithOptions({ summary: "resumed" }, [writeOf(run)]);
}

/** The line of the time line: short waits are over before their time is read. */
function timerSummary({ delayMs, detail }: Wait, untilMs: number): string {
  return delayMs < TIME_SHOWN_FROM_MS ? detail : `${detail}; at ${instantOf(untilMs)}`;
}
const TIME_SHOWN_FROM_MS = 5_000;
