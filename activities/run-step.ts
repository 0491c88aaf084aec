/**
 * Runs one try of a step: in the sandbox, then to Postgres, then to Temporal. Invariants
 * 1. It completes only after its result is committed.
 * 2. A try that is committed is told again, and its effect not repeated, however often Temporal asks.
 * 3. Of a failure Temporal gets a code, words and policy; the author's whole error is in Postgres.
 *
 * Failure modes: Postgres away before the step: waits, nothing has happened. Away after it: waits with the result
 * in memory. This process gone between effect and commit: the step runs again with the same idempotency key.
 */
import { ApplicationFailure, CancelledFailure, Context } from "@temporalio/activity";
import { assertNever } from "#contract/assert-never.ts";
import { codeOf, EngineError, ERROR_CODES } from "#contract/errors.ts";
import { retryDelayMs } from "#contract/plan.ts";
import type { StepActivityInput, StepActivityResult, StepFailureDetails } from "#contract/run-flow.ts";
import type { StepCommit } from "#db/commit-steps.ts";
import { isUnavailable } from "#db/is-unavailable.ts";
import { listStoredSteps, type StepAttemptKey, type StepResult, type StoredStep } from "#db/step-results.ts";
import { deletedMeanwhile, refusedByState, toStepResult } from "./commit-step.ts";
import type { Committer } from "./committer.ts";
import type { ActivityDependencies } from "./dependencies.ts";
import { failureMessage, failureStack, previewOf, summarize } from "./describe-step.ts";
import { withHeartbeat } from "./heartbeat.ts";
import { retryWhileUnavailable } from "./retry-while-unavailable.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";

export type StepDependencies = Pick<
  ActivityDependencies,
  "db" | "listener" | "logger" | "now" | "reach" | "previews"
> & {
  sessions: Sessions;
  commits: Committer<StepResult, StepCommit>;
};

export function createRunStep(deps: StepDependencies) {
  return async (input: StepActivityInput): Promise<StepActivityResult> => {
    const context = Context.current();
    try {
      return await withHeartbeat(context, () => runStep(deps, input, context));
    } catch (error) {
      throw toFailure(error, { deps, input, context });
    }
  };
}

async function runStep(
  deps: StepDependencies,
  input: StepActivityInput,
  context: Context,
): Promise<StepActivityResult> {
  deps.listener.reached(input.executionId);
  const session = await openSession(deps, input, context);
  const key = keyOf(input, session, context);
  const step = await finish(deps, { input, session, key, context });
  deps.sessions.release(session);
  if (step.outcome !== "ok" && step.outcome !== "kept")
    throw failureOf(deps, { input, step, session, context });
  const preview = deps.previews ? previewOf(step.output, session.contents.scrub) : undefined;
  return { summary: summarize(step), ...(preview === undefined ? {} : { preview }) };
}

function openSession(deps: StepDependencies, input: StepActivityInput, context: Context): Promise<Session> {
  const runId = context.info.workflowExecution?.runId ?? input.run.originalRunId;
  return retryWhileUnavailable(() => deps.sessions.obtain(input, runId), {
    signal: context.cancellationSignal,
    onUnavailable: (error, retryInMs) =>
      deps.logger.warn(
        { err: error, retryInMs, executionId: input.executionId },
        "postgres is away before a step",
      ),
  });
}

/** What went wrong around a step, as Temporal and the workflow understand it. */
function toFailure(
  error: unknown,
  at: { deps: StepDependencies; input: StepActivityInput; context: Context },
): Error {
  const { deps, input, context } = at;
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (isCancelRequested(context)) return new CancelledFailure("CANCELLED");
  const names = { executionId: input.executionId, path: input.step.path };
  deps.logger.error({ err: error, ...names }, "a step could not be run or committed");
  const code = isUnavailable(error) ? "engine/unavailable" : codeOf(error);
  const message =
    error instanceof EngineError ? error.message : "It could not be run or committed; see the worker's log";
  // Not tried again where its effect may have happened and the same commit would fail again.
  return ApplicationFailure.create({ type: code, message, nonRetryable: !ERROR_CODES[code].retryable });
}

function keyOf(input: StepActivityInput, session: Session, context: Context): StepAttemptKey {
  // The server counts the tries of a regular activity; the first one continues the workflow's count.
  const earlier = context.info.isLocal ? 0 : context.info.attempt - 1;
  return {
    executionId: input.executionId,
    path: input.step.path,
    generation: session.contents.generation,
    attempt: input.attempt,
    stepAttempt: input.stepAttempt + earlier,
  };
}

interface Try {
  input: StepActivityInput;
  session: Session;
  key: StepAttemptKey;
  context: Context;
}

/** The committed end of the try: as it was found, or as it is brought about now. */
async function finish(deps: StepDependencies, current: Try): Promise<StoredStep> {
  const { session, key, input, context } = current;
  for (;;) {
    const finished = session.findFinished(key, input.since);
    if (finished !== undefined) return finished;
    assertNotEnded(session);
    const step = await session.once(key, () => perform(deps, current));
    // It waited for a try of another call, which was cancelled alone: this one goes on.
    const isMine =
      step.outcome !== "cancelled" || context.cancellationSignal.aborted || session.stopped.aborted;
    if (isMine) return step;
  }
}

function assertNotEnded({ contents: { endedAs, identity } }: Session): void {
  if (endedAs === undefined) return;
  throw ApplicationFailure.create({
    type: "engine/terminated",
    nonRetryable: true,
    message: `Execution ${identity.executionId} is already ${endedAs}: nothing more of it is run`,
  });
}

async function perform(deps: StepDependencies, current: Try): Promise<StoredStep> {
  const { session, key, input, context } = current;
  const startedAtMs = deps.now();
  const report = await session.runInSandbox(input, context.cancellationSignal);
  deps.reach("step-after-effect");
  deps.listener.waitedForIsolate(input.executionId, report.timings.waitMs);
  const result = toStepResult(report, { key, seq: input.seq, session, startedAtMs });
  const step = await commit(deps, current, result);
  session.remember(step);
  deps.listener.changed(input.executionId);
  deps.reach("step-after-result");
  return step;
}

/** Resolves with what counts from now on: this result, the one that was there, or the failure to commit it. */
async function commit(deps: StepDependencies, current: Try, result: StepResult): Promise<StoredStep> {
  const { key, context } = current;
  const outcome = await retryWhileUnavailable(() => deps.commits.add(result), {
    signal: context.cancellationSignal,
    onUnavailable: (error, retryInMs) =>
      deps.logger.warn(
        { err: error, retryInMs, ...key },
        "postgres is away: a step's result waits in memory",
      ),
  });
  switch (outcome) {
    case "stored":
      return result;
    case "known":
      return readStored(deps, current);
    case "state-conflict":
    case "state-full":
      return commit(deps, current, refusedByState(result, outcome));
    default:
      return assertNever(outcome);
  }
}

/** Another worker committed the same try first: its result counts, since later steps may have read it. */
async function readStored(deps: StepDependencies, { session, key }: Try): Promise<StoredStep> {
  const stored = await listStoredSteps(deps.db, key.executionId);
  for (const step of stored) if (step.path !== key.path) session.remember(step);
  const same = stored.find(
    (step) =>
      step.path === key.path &&
      step.generation === key.generation &&
      step.attempt === key.attempt &&
      step.stepAttempt === key.stepAttempt,
  );
  if (same === undefined) throw deletedMeanwhile(key);
  return same;
}

function failureOf(
  deps: StepDependencies,
  failed: { input: StepActivityInput; step: StoredStep; session: Session; context: Context },
): Error {
  const { input, step, session, context } = failed;
  if (step.outcome === "cancelled" && isCancelRequested(context)) return new CancelledFailure("CANCELLED");
  if (step.outcome === "cancelled" && !session.stopped.aborted)
    return ApplicationFailure.create({
      type: "engine/unavailable",
      message: `Step ${step.path} was stopped because its worker shuts down`,
    });
  const { retry } = input.step;
  const retryable = step.error?.retryable ?? false;
  const code = codeOf(step.error);
  const isSpent = code.startsWith("step/") && step.stepAttempt >= retry.maxAttempts;
  const details: StepFailureDetails = {
    code,
    path: step.path,
    stepAttempt: step.stepAttempt,
    retryable,
    ...(step.error?.retryAfterMs === undefined ? {} : { retryAfterMs: step.error.retryAfterMs }),
    ...(step.error?.httpStatus === undefined ? {} : { httpStatus: step.error.httpStatus }),
  };
  const failure = ApplicationFailure.create({
    type: code,
    message: failureMessage(step, deps.previews),
    nonRetryable: !retryable || isSpent,
    details: [details],
    ...nextDelay(input, step),
  });
  failure.stack = failureStack(step, deps.previews);
  return failure;
}

/** Only where an upstream asked for it; else the policy that the server holds applies. */
function nextDelay(input: StepActivityInput, step: StoredStep): { nextRetryDelay?: number } {
  const { retry } = input.step;
  if (step.error?.retryAfterMs === undefined) return {};
  const policyMs = retryDelayMs(retry, step.stepAttempt);
  return { nextRetryDelay: Math.min(Math.max(policyMs, step.error.retryAfterMs), retry.maxDelayMs) };
}

/** The flow is cancelled; the other reasons are a worker's: it shuts down, it lost the run, a time limit. */
function isCancelRequested(context: Context): boolean {
  const reason: unknown = context.cancellationSignal.reason;
  return reason instanceof Error && reason.message === "CANCELLED";
}
