import type { SandboxLogLine } from "#contract/sandbox.ts";
import type { HostMessage, RunResult } from "../protocol.ts";
import type { CellProcess, Death } from "./cell-process.ts";
import type { FetchBroker } from "./fetch-broker.ts";

/**
 * One run in one cell, from the message that starts it to what became of it. The host's clock has the last
 * word: a cell that does not answer in time is killed, a cancelled run is over within `CANCEL_MS` in any case.
 */
const CANCEL_MS = 300;
/** Beyond the step's own time limit, which the cell enforces and others' long bursts extend. */
const OVERDUE_MS = 5_000;

export type RunEnd =
  | { type: "result"; result: RunResult }
  | { type: "cancelled"; logs: SandboxLogLine[] }
  | { type: "lost"; death: Death; logs: SandboxLogLine[] };

export interface RunInCellOptions {
  cell: CellProcess;
  message: Extract<HostMessage, { type: "step" | "definition" }>;
  broker: FetchBroker;
  signal: AbortSignal;
}

export async function runInCell({ cell, message, broker, signal }: RunInCellOptions): Promise<RunEnd> {
  const { run } = message;
  const { promise, resolve } = Promise.withResolvers<RunEnd>();
  const logs: SandboxLogLine[] = [];
  let cancelTimer: NodeJS.Timeout | undefined;

  const cancel = () => {
    cell.send({ type: "cancel", run });
    cancelTimer = setTimeout(() => {
      // A parked run's isolate goes when the thread hears of it; one that runs goes with its cell.
      if (cell.longBurst?.run === run) cell.kill("cancelled", run);
      else resolve({ type: "cancelled", logs });
    }, CANCEL_MS);
  };
  const overdue = () => {
    if (cell.longBurst !== undefined && cell.longBurst.run !== run) overdueTimer.refresh();
    else cell.kill("wall", run);
  };
  const overdueTimer = setTimeout(overdue, message.limits.timeoutMs + message.limits.cpuMs + OVERDUE_MS);
  if (signal.aborted) cancel();
  else signal.addEventListener("abort", cancel, { once: true });

  cell.startRun(message, {
    result: (result) => resolve({ type: "result", result }),
    died: (death) => resolve({ type: "lost", death, logs }),
    fetch: (header, body) => broker.request(header, body),
    fetchAborted: (id) => broker.abort(id),
    logs: (from, lines) => logs.splice(from, lines.length, ...lines),
  });
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", cancel);
    clearTimeout(cancelTimer);
    clearTimeout(overdueTimer);
    broker.end();
    cell.forgetRun(run);
  }
}
