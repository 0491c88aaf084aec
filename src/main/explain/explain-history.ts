import type { google, temporal } from "@temporalio/proto";

export type History = temporal.api.history.v1.IHistory;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Failure = temporal.api.failure.v1.IFailure | null | undefined;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;

/** What is under way, by the id of the event that began it. */
interface Open {
  what: string;
  sinceMs: number;
  /** Of a timer: when it fires. */
  untilMs?: number;
}

interface Reading {
  startedMs: number;
  lines: string[];
  open: Map<string, Open>;
  ended: boolean;
}

/**
 * An execution's history as a short narrative: a line for what ran, failed or was waited for, with the time since the
 * start, and at its end what it waits for now. Only what a history holds: never a payload, at most a summary of one.
 */
export function explainHistory(history: History, nowMs: number): string[] {
  const events = history.events ?? [];
  const reading: Reading = { startedMs: timeOf(events[0]), lines: [], open: new Map(), ended: false };
  for (const event of events) readEvent(reading, event);
  if (reading.ended) return reading.lines;
  const open = [...reading.open.values()].map((one) => describeOpen(one, nowMs));
  return [...reading.lines, ...(open.length === 0 ? ["It waits for a worker to take its next task."] : open)];
}

function readEvent(reading: Reading, event: HistoryEvent): void {
  readLocalActivity(reading, event);
  readActivity(reading, event);
  readTimer(reading, event);
  readControl(reading, event);
}

/** The first try of a step, and what is written to Postgres: local activities, which leave one marker each. */
function readLocalActivity(reading: Reading, event: HistoryEvent): void {
  const marker = event.markerRecordedEventAttributes;
  if (marker?.markerName !== "core_local_activity") return;
  const type = textAt(jsonOf(marker.details?.["data"]), "activity_type") ?? "activity";
  tell(reading, event, `${nameOf(event, type)} ${outcomeOf(marker.failure, marker.details?.["result"])}`);
}

function readActivity(reading: Reading, event: HistoryEvent): void {
  const scheduled = event.activityTaskScheduledEventAttributes;
  if (scheduled != null) {
    const what = nameOf(event, scheduled.activityType?.name ?? "activity");
    reading.open.set(idOf(event.eventId), { what, sinceMs: timeOf(event) });
    return;
  }
  const started = event.activityTaskStartedEventAttributes;
  if (started?.lastFailure != null) {
    const what = reading.open.get(idOf(started.scheduledEventId))?.what ?? "An activity";
    tell(
      reading,
      event,
      `${what} is tried again (${started.attempt ?? 1}) after: ${started.lastFailure.message}`,
    );
  }
  const closed =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  if (closed == null) return;
  const id = idOf(closed.scheduledEventId);
  const what = reading.open.get(id)?.what ?? "An activity";
  reading.open.delete(id);
  if (event.activityTaskCanceledEventAttributes != null) return tell(reading, event, `${what} was cancelled`);
  const failure = "failure" in closed ? closed.failure : undefined;
  const result = "result" in closed ? closed.result : undefined;
  tell(reading, event, `${what} ${outcomeOf(failure, result)}`);
}

function readTimer(reading: Reading, event: HistoryEvent): void {
  const started = event.timerStartedEventAttributes;
  if (started != null) {
    const sinceMs = timeOf(event);
    const waitMs = durationMs(started.startToFireTimeout);
    const what = summaryOf(event) ?? "a pause";
    reading.open.set(idOf(event.eventId), { what, sinceMs, untilMs: sinceMs + waitMs });
    tell(reading, event, `waits ${showMs(waitMs)}: ${what}`);
    return;
  }
  const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes;
  if (ended == null) return;
  reading.open.delete(idOf(ended.startedEventId));
  if (event.timerCanceledEventAttributes != null) tell(reading, event, "the wait was ended early");
}

/** What came from outside, and the end. */
function readControl(reading: Reading, event: HistoryEvent): void {
  if (event.workflowExecutionStartedEventAttributes != null)
    tell(reading, event, `started at ${new Date(timeOf(event)).toISOString()}`);
  const signal = event.workflowExecutionSignaledEventAttributes?.signalName;
  if (signal != null) tell(reading, event, `received the signal ${signal}`);
  if (event.workflowExecutionCancelRequestedEventAttributes != null)
    tell(reading, event, "was asked to cancel");
  const stuck = event.workflowTaskFailedEventAttributes;
  if (stuck != null)
    tell(reading, event, `a worker could not go on: ${stuck.failure?.message ?? "it did not say why"}`);
  const end = endOf(event);
  if (end === undefined) return;
  reading.ended = true;
  tell(reading, event, end);
}

function endOf(event: HistoryEvent): string | undefined {
  const completed = event.workflowExecutionCompletedEventAttributes;
  if (completed != null)
    return `ended: ${textAt(jsonOf(completed.result), "summary") ?? "its workflow completed"}`;
  const failed = event.workflowExecutionFailedEventAttributes;
  if (failed != null) return `ended: failed: ${failureText(failed.failure)}`;
  if (event.workflowExecutionCanceledEventAttributes != null) return "ended: cancelled";
  if (event.workflowExecutionTerminatedEventAttributes != null)
    return `ended: terminated in Temporal: ${event.workflowExecutionTerminatedEventAttributes.reason ?? "no reason given"}`;
  if (event.workflowExecutionTimedOutEventAttributes != null) return "ended: timed out";
  if (event.workflowExecutionContinuedAsNewEventAttributes != null)
    return `goes on in run ${event.workflowExecutionContinuedAsNewEventAttributes.newExecutionRunId ?? "?"}`;
  return undefined;
}

function describeOpen({ what, sinceMs, untilMs }: Open, nowMs: number): string {
  if (untilMs === undefined) return `Now: ${what} has run for ${showMs(nowMs - sinceMs)}.`;
  const left = untilMs > nowMs ? `in ${showMs(untilMs - nowMs)}` : "due: no worker has taken it yet";
  return `Now: it waits until ${new Date(untilMs).toISOString()} (${left}): ${what}.`;
}

function tell(reading: Reading, event: HistoryEvent, text: string): void {
  reading.lines.push(`+${showMs(timeOf(event) - reading.startedMs)}`.padEnd(10) + text);
}

function outcomeOf(failure: Failure, result: Payloads): string {
  if (failure != null) return `failed: ${failureText(failure)}`;
  const summary = textAt(jsonOf(result), "summary");
  return summary === undefined ? "is done" : `is done: ${summary}`;
}

/** The author's words stand at the end of the causes. */
function failureText(failure: Failure): string {
  const message = failure?.message ?? "no message";
  return failure?.cause == null ? message : `${message}: ${failureText(failure.cause)}`;
}

function nameOf(event: HistoryEvent, type: string): string {
  const summary = summaryOf(event);
  return summary === undefined ? type : type === "runStep" ? `step "${summary}"` : summary;
}

function summaryOf(event: HistoryEvent): string | undefined {
  const summary = event.userMetadata?.summary;
  const value = jsonOf(summary == null ? undefined : { payloads: [summary] });
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A payload as JSON; undefined where it is of another kind, such as encrypted by a codec. */
function jsonOf(payloads: Payloads): unknown {
  const data = payloads?.payloads?.[0]?.data;
  if (data == null) return undefined;
  try {
    return JSON.parse(Buffer.from(data).toString("utf8"));
  } catch {
    return undefined; // not JSON, so nothing of ours to show
  }
}

function textAt(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof found === "string" ? found : undefined;
}

function idOf(id: unknown): string {
  return String(id);
}

function timeOf(event: HistoryEvent | undefined): number {
  return durationMs(event?.eventTime);
}

function durationMs(time: google.protobuf.IDuration | null | undefined): number {
  return Number(time?.seconds ?? 0) * 1_000 + (time?.nanos ?? 0) / 1e6;
}

function showMs(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${(ms / 3_600_000).toFixed(1)} h`;
}
