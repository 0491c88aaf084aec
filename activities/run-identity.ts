import type { RunIdentity } from "#contract/run-flow.ts";

/** What a run of a workflow is to the execution whose row it finds. */
export type RunStanding =
  /** The run that the row knows, or the first one. */
  | { type: "current" }
  /** Temporal's reset made it: it opens the next generation. */
  | { type: "reset" }
  /** Another run has taken over, or the workflow was started again under its old id: it may not write. */
  | { type: "foreign" };

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7/;

/**
 * A run is known by its own id; by the id of the run that it continues; and as a reset by having another id than its
 * history began with. Of two resets the older one may still have an activity under way: Temporal's run ids are
 * UUIDv7, so where both are, the smaller one is the older.
 */
export function standingOf(
  knownRunId: string | undefined,
  run: RunIdentity & { runId: string },
): RunStanding {
  const { runId, originalRunId, continuedFromRunId } = run;
  if (knownRunId === undefined || knownRunId === runId) return { type: "current" };
  if (runId !== originalRunId) return isOlder(runId, knownRunId) ? { type: "foreign" } : { type: "reset" };
  return { type: knownRunId === continuedFromRunId ? "current" : "foreign" };
}

function isOlder(runId: string, than: string): boolean {
  return UUID_V7.test(runId) && UUID_V7.test(than) && runId < than;
}
