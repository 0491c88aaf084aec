import { ApplicationFailure } from "@temporalio/activity";
import { ERROR_CODES } from "#contract/errors.ts";
import { LIMITS } from "#contract/limits.ts";
import { faultOf } from "#contract/step-failure.ts";
import type { SandboxLogLine, StepReport } from "#contract/sandbox.ts";
import type { StepAttemptKey, StepErrorRecord, StepResult } from "#db/step-results.ts";
import type { Session } from "./session.ts";

/** A sandbox's report as the try that is committed: logs and errors scrubbed, the output as it is. */
export function toStepResult(
  report: StepReport,
  about: { key: StepAttemptKey; seq: number; session: Session; startedAtMs: number },
): StepResult {
  const { session, key } = about;
  const { organizationId, customerId, instanceId, flowKey } = session.contents.identity;
  return {
    ...key,
    seq: about.seq,
    organizationId,
    customerId,
    instanceId,
    flowKey,
    stateWrites: report.stateWrites ?? [],
    flowCalls: report.flowCalls ?? [],
    outcome: report.outcome,
    output: report.outcome === "ok" ? (report.outputJson ?? "null") : undefined,
    error: toErrorRecord(report, key.path, session),
    fetches: report.fetches.count === 0 ? undefined : report.fetches,
    logs: report.logs.map((line) => scrubLine(line, session)),
    logsDropped: report.logsDropped,
    accesses: report.accesses,
    accessesDropped: report.accessesDropped,
    startedAtMs: about.startedAtMs,
    waitMs: report.timings.waitMs,
    runMs: report.timings.runMs,
    cpuMs: report.timings.cpuMs,
    peakHeapMb: report.peakHeapMb,
  };
}

/** The try as it is committed where its changes of state cannot be: a failure that kept nothing. */
export function refusedByState(result: StepResult, refusal: "state-conflict" | "state-full"): StepResult {
  const code = `step/${refusal}` as const;
  const message =
    refusal === "state-full"
      ? `The instance keeps at most ${LIMITS.stateKeys} values of state; delete some of them`
      : "Another execution changed a value of state after this step had compared it; nothing of the step was kept";
  const error = { code, path: result.path, message, retryable: ERROR_CODES[code].retryable };
  return { ...result, outcome: "threw", output: undefined, error, stateWrites: [], flowCalls: [] };
}

function scrubLine(line: SandboxLogLine, session: Session): SandboxLogLine {
  return { ...line, message: session.contents.scrub(line.message) };
}

function toErrorRecord(report: StepReport, path: string, session: Session): StepErrorRecord | undefined {
  if (report.outcome === "ok") return undefined;
  const { scrub } = session.contents;
  const { error } = report;
  const { code, retryable } = faultOf(report.outcome, error);
  return {
    code,
    path,
    retryable,
    message: scrub(error?.message ?? `The step's outcome was ${report.outcome}`),
    ...(error?.name === undefined ? {} : { name: scrub(error.name) }),
    ...(error?.stack === undefined ? {} : { stack: scrub(error.stack) }),
    ...(error?.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error?.httpStatus === undefined ? {} : { httpStatus: error.httpStatus }),
  };
}

/** A try that was not stored, nor is there another of its name: its execution has been deleted. */
export function deletedMeanwhile(key: StepAttemptKey): ApplicationFailure {
  return ApplicationFailure.create({
    type: "engine/terminated",
    nonRetryable: true,
    message: `Execution ${key.executionId} was deleted while its step ${key.path} ran: nothing of it is kept`,
  });
}
