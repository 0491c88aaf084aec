import { condition } from "@temporalio/workflow";
import type { WaitingFor } from "#contract/states.ts";
import { type FlowRun, writeOf } from "./flow-run.ts";
import { local } from "./proxies.ts";
import { withJitter } from "./retry.ts";

/**
 * Waits until the delay is over or a person wants it now; the wait is written before it begins, unless it is
 * shorter than `recordFromMs`. For a step's wait that was written the return is written too; the flow's retry
 * writes its own, with the next attempt's number.
 */
export async function waitOnRecord(
  run: FlowRun,
  wait: { reason: WaitingFor["reason"]; delayMs: number; detail: string; recordFromMs?: number },
): Promise<void> {
  const { reason, detail } = wait;
  const delayMs = withJitter(wait.delayMs, Math.random);
  const isRecorded = delayMs >= (wait.recordFromMs ?? 0);
  if (isRecorded) {
    const untilMs = Date.now() + delayMs;
    await local.recordWaiting.executeWithOptions({ summary: detail }, [
      { ...writeOf(run), reason, untilMs, detail },
    ]);
  }
  await condition(() => run.wakeRequested, Math.max(1, delayMs), { summary: detail });
  run.wakeRequested = false;
  if (isRecorded && reason !== "retry")
    await local.recordResumed.executeWithOptions({ summary: "resumed" }, [writeOf(run)]);
}
