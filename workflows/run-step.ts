import { CancellationScope, isCancellation, setCurrentDetails, sleep } from "@temporalio/workflow";
import { LIMITS } from "#contract/limits.ts";
import { retryDelayMs, type StepNode } from "#contract/plan.ts";
import type { StepActivityInput } from "#contract/run-flow.ts";
import { classifyFailure } from "./classify-failure.ts";
import { describeStep } from "./describe.ts";
import { type FlowRun, writeOf } from "./flow-run.ts";
import { localStep, remoteStep, stepDeadlineMs } from "./proxies.ts";
import { delayBefore, stepRetrySummary, triesAllowed } from "./retry.ts";
import type { StepFailed } from "./step-failed.ts";
import { waitOnRecord } from "./wait.ts";

/** A delay from here on is shown as the execution's state; below it the words would be gone before they are read. */
const RECORD_WAIT_FROM_MS = 5_000;
/** Between a person's stop of the step itself and Temporal's cancellation of the flow, which follows it. */
const CANCEL_FOLLOWS_MS = 10_000;

/**
 * Runs a step to its end within an attempt of the flow. The first try is a local activity; those after it a regular
 * one, to which the server applies the policy: `maximumAttempts` lowered by the tries used.
 *
 * @throws StepFailed when the policy has no try left
 */
export async function runStep(run: FlowRun, step: StepNode): Promise<void> {
  setCurrentDetails(describeStep(run, step));
  let used = 0;
  let allowed = step.retry.maxAttempts;
  for (;;) {
    const failure = await tryStep(run, step, { used, allowed });
    if (failure === undefined) return;
    used = failure.stepAttempt;
    allowed = triesAllowed(step.retry, failure);
    if (used >= allowed) throw failure;
    await waitBeforeTry(run, step, { failure, allowed });
  }
}

interface Tries {
  /** That have failed. */
  used: number;
  /** All together. */
  allowed: number;
}

async function tryStep(run: FlowRun, step: StepNode, tries: Tries): Promise<StepFailed | undefined> {
  const isLocal = tries.used === 0 && step.timeoutMs <= LIMITS.localStepTimeoutMs;
  const input = { ...writeOf(run), step, stepAttempt: tries.used + 1, since: run.since };
  try {
    await (isLocal ? tryLocally(input) : tryRemotely(input, tries));
    return undefined;
  } catch (error) {
    // A worker that shuts down cancels what it runs; the flow is cancelled only when its own scope is.
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    const failure = classifyFailure(error, {
      path: step.path,
      lastAttempt: isLocal ? 1 : Math.max(tries.allowed, tries.used + 1),
    });
    if (failure === undefined) throw error;
    if (failure.code === "step/cancelled")
      await sleep(CANCEL_FOLLOWS_MS, { summary: "the step was stopped" });
    return failure;
  }
}

function tryLocally(input: StepActivityInput) {
  return localStep.runStep.executeWithOptions(
    {
      summary: input.step.name,
      startToCloseTimeout: stepDeadlineMs(input.step.timeoutMs),
      retry: { maximumAttempts: 1 },
    },
    [input],
  );
}

function tryRemotely(input: StepActivityInput, { used, allowed }: Tries) {
  const { name, timeoutMs, retry } = input.step;
  return remoteStep.runStep.executeWithOptions(
    {
      summary: name,
      startToCloseTimeout: stepDeadlineMs(timeoutMs),
      heartbeatTimeout: "15 seconds",
      retry: {
        maximumAttempts: Math.max(1, allowed - used),
        initialInterval: Math.max(1, retryDelayMs(retry, used + 1)),
        backoffCoefficient: retry.backoff === "exponential" ? 2 : 1,
        maximumInterval: Math.max(1, retry.maxDelayMs),
      },
    },
    [input],
  );
}

async function waitBeforeTry(
  run: FlowRun,
  step: StepNode,
  next: { failure: StepFailed; allowed: number },
): Promise<void> {
  const { failure, allowed } = next;
  const detail = stepRetrySummary(allowed, failure);
  const delayMs = delayBefore(step.retry, failure.stepAttempt, failure.retryAfterMs);
  await waitOnRecord(run, {
    reason: "step-retry",
    delayMs,
    detail,
    next: `try ${failure.stepAttempt + 1} of ${allowed} of this step`,
    failure,
    step,
    recordFromMs: RECORD_WAIT_FROM_MS,
  });
  setCurrentDetails(describeStep(run, step));
}
