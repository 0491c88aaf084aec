import type { ExecutionState } from "./states.ts";

/**
 * What the activities tell the process they run in; states, each time after the commit that made it true. Lost when
 * the process dies: whoever depends on it also reads the rows. Must not throw.
 */
export interface ExecutionListener {
  /** Something of it was committed: a step's attempt, logs, its state. */
  changed(executionId: string): void;
  /** A step of it is asked for: Temporal and this process have got to it. */
  reached(executionId: string): void;
  /** A step of it waited so long until its isolate was ready. */
  waitedForIsolate(executionId: string, waitedMs: number): void;
  /** It waits: what waits longer than `LIMITS.slotHoldMs` gives up its slot. */
  waiting(executionId: string, untilMs: number): void;
  resumed(executionId: string): void;
  /** Others were queued in this shard. */
  queued(shard: number): void;
  finished(executionId: string, state: ExecutionState): void;
}
