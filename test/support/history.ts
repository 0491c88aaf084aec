import type { temporal } from "@temporalio/proto";

type History = temporal.api.history.v1.IHistory;
type Attributes = Extract<keyof temporal.api.history.v1.IHistoryEvent, `${string}EventAttributes`>;

export function countOf(history: History, attributes: Attributes): number {
  return (history.events ?? []).filter((event) => event[attributes] != null).length;
}

/** Summaries of the timers, in order: what a reader of the history sees that it waited for. */
export function timersOf(history: History): string[] {
  return (history.events ?? [])
    .filter((event) => event.timerStartedEventAttributes != null)
    .map((event) => {
      const data = event.userMetadata?.summary?.data;
      return data == null ? "" : (JSON.parse(Buffer.from(data).toString()) as string); // a JSON payload
    });
}
