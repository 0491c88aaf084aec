import type { Client } from "@temporalio/client";
import { smallestIdAt, workflowIdOf } from "#contract/ids.ts";
import type { TerminalState } from "#contract/states.ts";
import type { Db } from "#db/connect.ts";
import {
  endByHistory,
  listWithoutQueueRow,
  removeEndedRows,
  restoreQueueRow,
  type StartedExecution,
  takeStaleStarted,
} from "#db/reconcile.ts";
import { readWorkflowFact, type WorkflowFact } from "./read-ending.ts";

export interface ReconcileDependencies {
  db: Db;
  client: Client;
}

export interface ReconcileOptions {
  /** Rows of each kind that are looked at. */
  limit: number;
  /** Finds and tells, changes nothing. */
  dryRun: boolean;
  /** Started and unchecked for this long. */
  staleMs: number;
  /** An execution without a history is given up only after this time: its start may have just been made. */
  graceMs: number;
  /** Where the search for missing queue rows goes on; undefined: `lookBackMs` ago. */
  after?: string | undefined;
  lookBackMs: number;
  signal: AbortSignal;
}

export interface Finding {
  executionId: string;
  found: "ended-in-temporal" | "no-history" | "row-of-ended-execution" | "no-queue-row";
  did: TerminalState | "removed-row" | "restored-row" | "nothing";
  detail: string;
}

export interface ReconcileReport {
  /** Started executions compared with Temporal. */
  compared: number;
  running: number;
  /** Executions whose queue row was looked for. */
  searched: number;
  /** Where that search goes on; undefined: it is through. */
  searchedUntil: string | undefined;
  findings: Finding[];
}

export const RECONCILE_DEFAULTS = {
  limit: 200,
  dryRun: false,
  staleMs: 60_000,
  graceMs: 120_000,
  lookBackMs: 2 * 24 * 60 * 60 * 1000,
} as const;

const DESCRIBES_AT_ONCE = 10;
/** What intake commits appears in both tables at once; this is for clocks that differ. */
const SETTLED_MS = 60_000;
const SEARCH_FACTOR = 25;

/**
 * Compares Postgres with Temporal, a bounded number of rows each way, and mends what differs.
 *
 * 1. One that had a run is never started again: it ends with what the history says, or as `lost` when there is none.
 * 2. One that never had a run gets its queue row back, and is started.
 * 3. A write in between wins over what was found here.
 *
 * @throws what the client throws when Temporal is away
 */
export async function reconcileOnce(
  deps: ReconcileDependencies,
  options: ReconcileOptions,
): Promise<ReconcileReport> {
  const { limit, dryRun, staleMs } = options;
  const stale = await takeStaleStarted(deps.db, { limit, dryRun, olderThanMs: staleMs });
  const findings: Finding[] = [];
  let running = 0;
  await forEachAtOnce(stale, DESCRIBES_AT_ONCE, async (execution) => {
    options.signal.throwIfAborted();
    const fact = await readWorkflowFact(deps.client, workflowIdOf(execution));
    if (fact.type === "running") running += 1;
    else findings.push(...(await endStarted(deps, options, { execution, fact })));
  });
  for (const executionId of await removeEndedRows(deps.db, { limit, dryRun }))
    findings.push({
      executionId,
      found: "row-of-ended-execution",
      did: dryRun ? "nothing" : "removed-row",
      detail: "it has ended and was still in the queue",
    });
  const searched = await restoreMissing(deps, options);
  findings.push(...searched.findings);
  return {
    compared: stale.length,
    running,
    searched: searched.looked,
    searchedUntil: searched.next,
    findings,
  };
}

async function endStarted(
  deps: ReconcileDependencies,
  { dryRun, graceMs }: ReconcileOptions,
  { execution, fact }: { execution: StartedExecution; fact: Exclude<WorkflowFact, { type: "running" }> },
): Promise<Finding[]> {
  const { executionId, generation, seq } = execution;
  if (fact.type === "missing" && execution.ageMs < graceMs) return [];
  const ending =
    fact.type === "ended"
      ? fact
      : {
          state: "lost" as const,
          error: {
            code: "engine/lost" as const,
            message: `Temporal has no history of execution ${executionId}: it was deleted, or kept too short. Replay it`,
          },
          finishedAt: undefined,
        };
  const isDone = !dryRun && (await endByHistory(deps.db, { executionId, generation, seq, ...ending }));
  return [
    {
      executionId,
      found: fact.type === "ended" ? "ended-in-temporal" : "no-history",
      did: isDone ? ending.state : "nothing",
      detail: ending.error?.message ?? `its workflow ended: ${ending.state}`,
    },
  ];
}

async function restoreMissing(
  { db }: ReconcileDependencies,
  { after, limit, lookBackMs, dryRun }: ReconcileOptions,
): Promise<{ findings: Finding[]; looked: number; next: string | undefined }> {
  const now = Date.now();
  const page = await listWithoutQueueRow(db, {
    after: after ?? smallestIdAt(now - lookBackMs),
    limit: limit * SEARCH_FACTOR,
    untilMs: now - SETTLED_MS,
  });
  const findings: Finding[] = [];
  for (const executionId of page.executionIds) {
    const isRestored = !dryRun && (await restoreQueueRow(db, executionId));
    findings.push({
      executionId,
      found: "no-queue-row",
      did: isRestored ? "restored-row" : "nothing",
      detail: "it has no final state and was not in the queue",
    });
  }
  return { findings, looked: page.looked, next: page.next };
}

/** Rejects with the first error, once those under way have ended. */
async function forEachAtOnce<Item>(
  items: readonly Item[],
  atOnce: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  const work = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift())
      try {
        await task(item);
      } catch (error) {
        rest.length = 0;
        throw error;
      }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const result of ended) if (result.status === "rejected") throw result.reason;
}
