import { continueAsNew } from "@temporalio/workflow";
import type { RunFlowInput } from "#contract/run-flow.ts";
import { type FlowRun, writeOf } from "./flow-run.ts";
import { local } from "./proxies.ts";

/**
 * Goes on in a new run when this one's history has grown long. It writes once before: so the row names this run, and
 * the next one, which names this run as the one before it, is known as its continuation and not as a copy.
 */
export async function continueIfNeeded(run: FlowRun): Promise<void> {
  if (!run.shouldContinue()) return;
  await local.recordResumed.executeWithOptions({ summary: "continue in a new run" }, [writeOf(run)]);
  const { attempt, seq, since } = run;
  await continueAsNew<(input: RunFlowInput) => Promise<{ summary: string }>>({
    ...run.input,
    continued: { attempt, seq, since, done: [...run.done] },
  });
}
