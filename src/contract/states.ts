import type { ErrorCode } from "./errors.ts";

/** States of an execution; `docs/states.md` has the table in words, and a test walks both. */
export const EXECUTION_STATES = [
  "held",
  "queued",
  "running",
  "waiting",
  "succeeded",
  "failed",
  "cancelled",
  "superseded",
  "lost",
] as const;
export type ExecutionState = (typeof EXECUTION_STATES)[number];

export const TERMINAL_STATES = ["succeeded", "failed", "cancelled", "superseded", "lost"] as const;
export type TerminalState = (typeof TERMINAL_STATES)[number];

export function isTerminal(state: ExecutionState): state is TerminalState {
  return (TERMINAL_STATES as readonly string[]).includes(state);
}

/** event → from → to. What is not in the table does not happen. */
export const EXECUTION_TRANSITIONS = [
  { event: "received", from: "none", to: "queued" },
  { event: "received-while-paused", from: "none", to: "held" },
  { event: "unpaused", from: "held", to: "queued" },
  { event: "started", from: "queued", to: "running" },
  { event: "retry-scheduled", from: "running", to: "waiting" },
  { event: "woken", from: "waiting", to: "running" },
  { event: "finished", from: "queued", to: "succeeded" },
  { event: "finished", from: "running", to: "succeeded" },
  { event: "finished", from: "waiting", to: "succeeded" },
  { event: "gave-up", from: "queued", to: "failed" },
  { event: "gave-up", from: "running", to: "failed" },
  { event: "gave-up", from: "waiting", to: "failed" },
  { event: "cancelled", from: "held", to: "cancelled" },
  { event: "cancelled", from: "queued", to: "cancelled" },
  { event: "cancelled", from: "running", to: "cancelled" },
  { event: "cancelled", from: "waiting", to: "cancelled" },
  { event: "superseded", from: "held", to: "superseded" },
  { event: "superseded", from: "queued", to: "superseded" },
  { event: "history-missing", from: "running", to: "lost" },
  { event: "history-missing", from: "waiting", to: "lost" },
  // Temporal's own reset opens generation n + 1: the only way out of a terminal state.
  { event: "reset", from: "succeeded", to: "running" },
  { event: "reset", from: "failed", to: "running" },
  { event: "reset", from: "cancelled", to: "running" },
  { event: "reset", from: "lost", to: "running" },
] as const satisfies readonly { event: string; from: ExecutionState | "none"; to: ExecutionState }[];

/** Why an execution waits, and until when. */
export interface WaitingFor {
  reason: "retry" | "step-retry" | "sleep" | "breaker";
  /** One sentence for a person: "retry 2/3 of post after HTTP 503". */
  detail: string;
  untilMs: number;
}

/** What went wrong, as kept with the execution and with the step's attempt, and shown to people. */
export interface FailureRecord {
  code: ErrorCode;
  message: string;
  /** Path of the step, where one failed. */
  path?: string;
  /** The author's error class and stack, mapped to the source where a map exists. */
  name?: string;
  stack?: string;
}

export const TRIGGER_KINDS = ["webhook", "schedule", "deploy", "test", "replay", "resume", "call"] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];
