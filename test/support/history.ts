import proto, { type temporal } from "@temporalio/proto";

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

/** All that a history holds, as one text to search: payloads decoded, failures included. */
export function textOf(history: History): string {
  return JSON.stringify(historyToJson(history), (key, value: unknown) =>
    key === "data" && typeof value === "string" ? Buffer.from(value, "base64").toString() : value,
  );
}

/**
 * A history as JSON that a person can read, and back. By the generated classes: the SDK's own `historyToJSON` fails
 * where npm has installed protobufjs more than once.
 */
export function historyToJson(history: History): object {
  const types = proto.temporal.api.history.v1.History;
  return types.toObject(types.fromObject(history), { longs: String, bytes: String, enums: String });
}

export function historyFromJson(json: { [key: string]: unknown }): History {
  return proto.temporal.api.history.v1.History.fromObject(json);
}
