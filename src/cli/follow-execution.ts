import type { ExecutionDetail, LogsPage } from "#contract/api/executions.ts";
import type { Severity } from "#contract/logs.ts";
import { isTerminal } from "#contract/states.ts";
import { answer, type ApiClient } from "./api-client.ts";
import { pause } from "./pause.ts";

const POLL_MS = 500;

export interface Watcher {
  /** Called at first, and whenever state, attempt or what it waits for has changed. */
  onChange?(execution: ExecutionDetail): void;
  onLogs?(items: LogsPage["items"]): void;
}

/** Follows an execution until it has ended; returns it as it is then. Ends early, without an error, at the signal. */
export async function followExecution(
  client: ApiClient,
  id: string,
  { signal, ...watcher }: Watcher & { signal: AbortSignal },
): Promise<ExecutionDetail> {
  let shown = "";
  let cursor: string | undefined;
  for (;;) {
    const execution = await answer(client.http.GET("/api/v1/executions/{id}", { params: { path: { id } } }));
    // Read after the state: what an ended execution logged is complete.
    if (watcher.onLogs !== undefined) cursor = await readLogs(client, { id, cursor, onLogs: watcher.onLogs });
    const now = `${execution.state}/${execution.attempt}/${execution.waiting?.detail ?? ""}`;
    if (now !== shown) watcher.onChange?.(execution);
    shown = now;
    if (isTerminal(execution.state) || signal.aborted) return execution;
    await pause(POLL_MS, signal);
  }
}

/** Hands on all lines behind the cursor; returns the new one. */
export async function readLogs(
  client: ApiClient,
  from: {
    id: string;
    cursor?: string | undefined;
    severity?: Severity | undefined;
    text?: string | undefined;
    onLogs(items: LogsPage["items"]): void;
  },
): Promise<string | undefined> {
  let { cursor } = from;
  for (;;) {
    const { severity, text } = from;
    const params = { path: { id: from.id }, query: { cursor, severity, text } };
    const page: LogsPage = await answer(client.http.GET("/api/v1/executions/{id}/logs", { params }));
    if (page.items.length === 0) return cursor;
    from.onLogs(page.items);
    cursor = page.nextCursor ?? undefined;
  }
}
