/**
 * The one workflow of Millrace: an execution. It walks the plan that it was started with and keeps control only; data
 * stays in Postgres and in the sessions of the activities.
 *
 * States: attempt → (waiting → attempt)* → finalized. Invariants
 * 1. Whatever ends an attempt, `finalize` is called once, in a scope that cancellation does not reach, and the
 *    workflow ends only after it: Temporal and Postgres agree.
 * 2. Cancellation is never swallowed: it ends the attempt or the wait, and the workflow as Cancelled.
 * 3. Every write has a larger `seq` than the one before, and the same one each time it is replayed.
 * 4. Nothing here reads the present state of anything: input, history and signals only.
 * 5. An error that is none of the flow's (a bug of ours) fails the workflow task, not the execution: it goes on with
 *    a mended worker.
 */
import {
  ApplicationFailure,
  CancellationScope,
  type CancelledFailure,
  defineSignal,
  isCancellation,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from "@temporalio/workflow";
import type { ErrorCode } from "#contract/errors.ts";
import { executionIdOfWorkflow, workflowIdOf } from "#contract/ids.ts";
import { listSteps, type StepNode } from "#contract/plan.ts";
import { RETRY_NOW_SIGNAL, type RunFlowInput } from "#contract/run-flow.ts";
import { continueIfNeeded } from "./continue-as-new.ts";
import { describeAttempt, describeEnd, statusOf } from "./describe.ts";
import { beginRun, type FlowRun, writeOf } from "./flow-run.ts";
import { delayBefore, flowRetrySummary, mayRetryFlow } from "./retry.ts";
import { StepFailed } from "./step-failed.ts";
import { local } from "./proxies.ts";
import { waitOnRecord } from "./wait.ts";
import { walk } from "./walk.ts";

const retryNow = defineSignal(RETRY_NOW_SIGNAL);

/** The result is a line for the reader of the history; a failed flow fails its workflow. */
export async function runFlow(input: RunFlowInput): Promise<{ summary: string }> {
  return interpretFlow(input, () => workflowInfo().continueAsNewSuggested);
}

/** `shouldContinue` says when the history is long enough to go on in a new run. */
export async function interpretFlow(
  input: RunFlowInput,
  shouldContinue: () => boolean,
): Promise<{ summary: string }> {
  refuseForeignWorkflow(input);
  const run = beginRun(input, shouldContinue);
  setHandler(
    retryNow,
    () => {
      run.wakeRequested = true;
    },
    { description: "Ends the present wait for a retry, or the next one if none is under way" },
  );
  const end = await reachEnd(run);
  const { summary } = await finalize(run, end);
  if (end.state === "succeeded") return { summary };
  throw end.cause;
}

/** A copy started by hand would run a customer's flow again under the same keys. */
function refuseForeignWorkflow(input: RunFlowInput): void {
  const { workflowId } = workflowInfo();
  if (workflowId === workflowIdOf(input)) return;
  const other = executionIdOfWorkflow(workflowId);
  throw failureOf({
    code: "engine/internal",
    message: `Workflow ${workflowId} is not that of execution ${input.executionId}${other === undefined ? "" : `, but of ${other}`}: nothing was run. Use replay in Millrace to run an execution again.`,
  });
}

type End =
  | { state: "succeeded" }
  | { state: "failed"; failure: StepFailed; cause: ApplicationFailure }
  | { state: "cancelled"; cause: CancelledFailure };

async function reachEnd(run: FlowRun): Promise<End> {
  try {
    await runAttempts(run);
    return { state: "succeeded" };
  } catch (error) {
    // Narrowed by Temporal's own test, whose type says less.
    if (isCancellation(error)) return { state: "cancelled", cause: error as CancelledFailure };
    if (error instanceof StepFailed)
      return { state: "failed", failure: error, cause: failureOfFlow(run, error) };
    throw error;
  }
}

/** The flow's automatic retry: attempts with waits between them, all in this run. */
async function runAttempts(run: FlowRun): Promise<void> {
  const { plan } = run.input;
  for (;;) {
    setCurrentDetails(describeAttempt(run));
    const failure = await attemptFlow(run);
    if (failure === undefined) return;
    if (!mayRetryFlow(plan.retry, run.attempt, failure)) throw failure;
    await waitForRetry(run, failure);
    await continueIfNeeded(run);
  }
}

async function attemptFlow(run: FlowRun): Promise<StepFailed | undefined> {
  try {
    await walk(run, run.input.plan.root);
    return undefined;
  } catch (error) {
    if (error instanceof StepFailed) return error;
    throw error;
  }
}

async function waitForRetry(run: FlowRun, failure: StepFailed): Promise<void> {
  const { retry } = run.input.plan;
  const summary = flowRetrySummary(retry, run.attempt, failure);
  const delayMs = delayBefore(retry, run.attempt, failure.retryAfterMs);
  await waitOnRecord(run, {
    reason: "retry",
    delayMs,
    detail: summary,
    next: `attempt ${run.attempt + 1} of ${retry.maxAttempts} of the flow, ${retry.from === "start" ? "from the start" : "from the failed step"}`,
    failure,
    step: stepOf(run, failure),
  });
  run.attempt += 1;
  if (retry.from === "start") {
    run.done.clear();
    run.since = run.seq + 1;
  }
  await local.recordResumed.executeWithOptions({ summary: "resumed" }, [writeOf(run)]);
}

function finalize(run: FlowRun, end: End): Promise<{ summary: string }> {
  setCurrentDetails(
    describeEnd(run, end.state === "failed" ? { ...end, step: stepOf(run, end.failure) } : end),
  );
  const error =
    end.state === "failed"
      ? { code: end.failure.code, message: end.failure.message, path: end.failure.path }
      : undefined;
  return CancellationScope.nonCancellable(() =>
    local.finalize.executeWithOptions({ summary: `finalize: ${end.state}` }, [
      { ...writeOf(run), state: end.state, ...(error === undefined ? {} : { error }) },
    ]),
  );
}

function failureOfFlow(run: FlowRun, failure: StepFailed): ApplicationFailure {
  const { code, path } = failure;
  const { maxAttempts } = run.input.plan.retry;
  const attempts = maxAttempts === 1 ? "" : ` in attempt ${run.attempt} of ${maxAttempts} of the flow`;
  return failureOf({
    code,
    message: `Step ${path} failed${attempts}: ${statusOf(failure)}${failure.message}`,
    details: [{ path, attempt: run.attempt, code }],
  });
}

function stepOf(run: FlowRun, failure: StepFailed): StepNode | undefined {
  return listSteps(run.input.plan.root).find(({ path }) => path === failure.path);
}

/** Without a stack: it would show the interpreter's lines and this machine's paths, and nothing of the flow. */
function failureOf(options: { code: ErrorCode; message: string; details?: unknown[] }): ApplicationFailure {
  const { code, ...rest } = options;
  const failure = ApplicationFailure.create({ ...rest, type: code, nonRetryable: true });
  failure.stack = "";
  return failure;
}
