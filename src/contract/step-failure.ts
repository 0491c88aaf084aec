import { ERROR_CODES, type ErrorCode } from "./errors.ts";
import type { SandboxError, SandboxOutcome } from "./sandbox.ts";

/** What a sandbox outcome is called in our table of errors. */
export const CODE_OF_OUTCOME = {
  threw: "step/threw",
  "not-capable": "step/not-capable",
  "timed-out": "step/timed-out",
  "cpu-exceeded": "step/cpu-exceeded",
  "out-of-memory": "step/out-of-memory",
  "output-too-large": "step/output-too-large",
  cancelled: "step/cancelled",
  crashed: "engine/crashed",
} as const satisfies Record<Exclude<SandboxOutcome, "ok">, ErrorCode>;

export interface StepFault {
  code: ErrorCode;
  /** Whether the step's and the flow's policies may try again. */
  retryable: boolean;
}

/**
 * The code of a failed attempt, and whether it may be tried again: an author's `FatalError` never; an input that
 * killed its cell each time it ran alone never (`PoisonError`, which only the host can report); else by the table.
 */
export function faultOf(outcome: Exclude<SandboxOutcome, "ok">, error: SandboxError | undefined): StepFault {
  if (outcome === "threw" && (error?.name === "FatalError" || error?.retryable === false))
    return { code: "step/fatal", retryable: false };
  if (outcome === "threw" && error?.retryable === true) return { code: "step/threw", retryable: true };
  if (outcome === "crashed" && error?.name === "PoisonError")
    return { code: "engine/poison", retryable: false };
  const code = CODE_OF_OUTCOME[outcome];
  return { code, retryable: ERROR_CODES[code].retryable };
}
