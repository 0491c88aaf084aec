import type { CallSource, FlowCall } from "./flow-calls.ts";
import type { AccessRecord, PermissionManifest } from "./permissions.ts";
import type { Severity } from "./logs.ts";
import type { ReadState, StateWrite } from "./step-state.ts";

/**
 * What the engine asks of a sandbox. Implemented by `sandbox/host`; used by activities, the engine's requests
 * and the command line. Outcomes are values: nothing that guest code does makes these promises reject.
 */
export const SANDBOX_OUTCOMES = [
  "ok",
  "threw",
  "not-capable",
  "timed-out",
  "cpu-exceeded",
  "out-of-memory",
  "output-too-large",
  "cancelled",
  "crashed",
] as const;
export type SandboxOutcome = (typeof SANDBOX_OUTCOMES)[number];

export interface SandboxError {
  /** The guest's `error.name`; `RetryableError` and `FatalError` of the SDK steer the retry. */
  name: string;
  message: string;
  /** Mapped to the author's source; never a path of the host. */
  stack?: string;
  /** Set by `RetryableError` / `FatalError`; undefined leaves it to the step's policy. */
  retryable?: boolean;
  /** From `RetryableError({ after })` or a response's `Retry-After`. */
  retryAfterMs?: number;
  /** HTTP status of the response that the error speaks of, where it speaks of one. */
  httpStatus?: number;
}

export interface SandboxLogLine {
  atMs: number;
  severity: Severity;
  /** At most `LIMITS.logLineCharacters` characters. */
  message: string;
}

/** Who may share a cell with whom, and whose code cache may be used. */
export interface TrustDomain {
  organizationId: string;
  integrationId: string;
  /** Set where the integration asks for a cell per customer. */
  customerId?: string;
}

/** An author's code, content-addressed. `load` is called only where no cell of the domain has it yet. */
export interface Bundle {
  sha256: string;
  load(): Promise<{ code: string; sourceMap?: string }>;
}

export interface SandboxLimits {
  /** CPU of one step. */
  cpuMs: number;
  heapMb: number;
  inputCharacters: number;
  outputCharacters: number;
  fetches: number;
}

export interface SessionOptions {
  domain: TrustDomain;
  bundle: Bundle;
  /** For logs, the audit and fetch's idempotency key. */
  executionId: string;
  flowKey: string;
  /** Enforced by the host. A function is asked as each step begins, by the step's key. */
  permissions: PermissionManifest | ((stepKey: string) => PermissionManifest);
  limits?: Partial<SandboxLimits>;
}

/** The trigger as the guest sees it. Text where the body is valid UTF-8, else base64. */
export interface GuestTrigger {
  kind: string;
  method: string;
  path: string;
  query: string;
  headers: [name: string, value: string][];
  body: { encoding: "utf8" | "base64"; data: string };
  receivedAtMs: number;
}

export interface StepRequest {
  path: string;
  stepKey: string;
  /** 1-based, over all attempts of this step in this execution; part of `idempotencyKey` for no one. */
  attempt: number;
  /** Wall clock from the moment that guest code may run. */
  timeoutMs: number;
  /** Stable for (execution, path): what `fetch` may send as `Idempotency-Key`. */
  idempotencyKey: string;
}

/**
 * What a session's steps may read. Asked for only when an isolate does not hold it yet: the same isolate keeps
 * trigger, config and outputs from step to step; a new one (after a killed cell) is given all of them again.
 */
export interface SessionInputs {
  trigger: GuestTrigger;
  /** JSON text of the config values by key. */
  configJson: string;
  /** JSON text of each finished step's output by path, in order. */
  outputs(): ReadonlyMap<string, string>;
  /** Left out where there is no state to read: a file that is run alone. */
  readState?: ReadState;
  /** Left out where no other flow can be started. */
  calls?: CallSource;
}

export interface StepReport {
  outcome: SandboxOutcome;
  /** JSON text; only with `ok`. `undefined` output is `null`. */
  outputJson?: string;
  /** Only with outcomes other than `ok`. */
  error?: SandboxError;
  /** Only with `ok`: what is to be committed with the result. */
  stateWrites?: readonly StateWrite[];
  /** Only with `ok`: what is to be started with the commit. */
  flowCalls?: readonly FlowCall[];
  logs: SandboxLogLine[];
  /** Lines beyond the limit, dropped. */
  logsDropped: number;
  accesses: AccessRecord[];
  accessesDropped: number;
  /** Fetches made: status and host of the last one help a reader of the history. */
  fetches: { count: number; last?: { method: string; host: string; status: number } };
  timings: {
    /** From the call until an isolate of this session was ready. */
    waitMs: number;
    /** From then to the outcome. */
    runMs: number;
    /** Guest CPU, burst by burst. */
    cpuMs: number;
  };
  peakHeapMb?: number;
}

/** One execution attempt's use of the sandbox: its steps run one after another in one isolate. */
export interface SandboxSession {
  runStep(request: StepRequest, signal: AbortSignal): Promise<StepReport>;
  /** Frees the isolate. Never rejects; may be called twice. */
  close(): void;
}

export interface DefinitionReport {
  outcome: SandboxOutcome;
  /** JSON text of the integration's definition: the author's claim, to be parsed by `definition.ts`. */
  definitionJson?: string;
  error?: SandboxError;
}

export interface CellStatus {
  id: string;
  pid: number;
  domain?: TrustDomain;
  isolates: number;
  rssMb: number;
  /** Resident memory beyond which the cell is ended. */
  limitMb: number;
  state: string;
}

export interface SandboxStatus {
  cells: CellStatus[];
  capacity: number;
  inUse: number;
  /** Where there is no `/proc`, CPU and memory of a cell are not seen: bursts end by the clock alone. */
  watchdog: "proc" | "clock-only";
  /** Whether the kernel limits each cell too, and how or why not. */
  cgroup: { enforced: boolean; reason: string };
  /** Set when cells keep failing to start: `/readyz` speaks of it. */
  problem?: string;
}

export interface Sandbox {
  openSession(options: SessionOptions, inputs: SessionInputs): SandboxSession;
  /** Evaluates a bundle's definition once, without network, with a still clock and seeded randomness. */
  readDefinition(domain: TrustDomain, bundle: Bundle, signal: AbortSignal): Promise<DefinitionReport>;
  status(): SandboxStatus;
  /** Ends every cell and waits until they are gone. */
  stop(): Promise<void>;
}
