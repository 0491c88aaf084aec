import type { ExecutionDetail, LogLine, Step } from "#contract/api/executions.ts";

/** What a person wants to know of an execution, top down. */
export function executionRows(execution: ExecutionDetail): [name: string, value: string | number | null][] {
  const { error, waiting, timings } = execution;
  return [
    ["id", execution.id],
    ["state", execution.state],
    ["attempt", execution.maxAttempts > 1 ? `${execution.attempt} of ${execution.maxAttempts}` : null],
    ["waits for", waiting && `${waiting.detail}${waiting.until === null ? "" : `, until ${waiting.until}`}`],
    ["error", error && `${error.code}: ${error.message}`],
    ["failed step", error?.path ?? null],
    ["flow", `${execution.integrationKey ?? "?"}/${execution.flowKey}`],
    ["customer", execution.customerName],
    ["instance", execution.instanceName],
    [
      "version",
      `${execution.version ?? "?"}, ${execution.draft ? "draft" : "revision"} ${execution.revision ?? "?"}`,
    ],
    ["trigger", triggerOf(execution)],
    ["received", execution.receivedAt],
    ["queued", timings.queuedMs === null ? null : showMs(timings.queuedMs)],
    ["ran", timings.runningMs === null ? null : showMs(timings.runningMs)],
    ["finished", execution.finishedAt],
    ["replay of", execution.replayOf],
    ["run again as", execution.replays.join(", ")],
    ["called by", execution.calledBy],
    ...execution.calls.map(({ path, flowKey, executionId, state }, index): [string, string] => [
      index === 0 ? "started" : "",
      `${path} → ${flowKey}  ${state ?? "gone"}  ${executionId}`,
    ]),
    ["Temporal", execution.temporalUiUrl ?? execution.temporal.workflowId],
  ];
}

/** What a test has called, and a test that is replayed, are tests too. */
export function triggerOf({ trigger, isTest }: Pick<ExecutionDetail, "trigger" | "isTest">): string {
  return isTest && trigger !== "test" ? `${trigger}, of a test` : trigger;
}

export const STEP_COLUMNS = [
  { title: "step", value: (step: Step) => step.path },
  { title: "state", value: (step: Step) => step.state },
  { title: "tries", value: (step: Step) => step.attempts.length || null },
  { title: "ran", value: (step: Step) => showMs(step.attempts.at(-1)?.runMs) },
  { title: "cpu", value: (step: Step) => showMs(step.attempts.at(-1)?.cpuMs) },
  { title: "summary", value: summaryOf },
];

function summaryOf(step: Step): string {
  const error = step.attempts.at(-1)?.error;
  if (error) return `${error.code}: ${error.message}`;
  return step.output === undefined ? "" : JSON.stringify(step.output);
}

export function showMs(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export function showLogLine(line: LogLine): string {
  return `${line.at}  ${line.severity.padEnd(5)}  ${line.path}  ${line.message}\n`;
}
