import type { ConfigValues } from "./config.ts";
import type { Connections } from "./connection.ts";

/** The event that began the execution, kept exactly as it came. */
export interface Trigger {
  /** How the execution was born: `webhook`, `test`, `replay` … */
  readonly kind: string;
  readonly method: string;
  /** What followed the endpoint's token in the path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: {
    /** @throws SyntaxError where the body is not JSON */
    json(): unknown;
    text(): string;
    bytes(): Uint8Array;
  };
  readonly receivedAt: Date;
}

export interface StepFetchInit extends RequestInit {
  /** Sent as the body, with `Content-Type: application/json`. */
  json?: unknown;
  /**
   * `true` sends `Idempotency-Key` with the step's own key, the same at every try, so that a host which honours it
   * takes the request once. A second such request in one step needs a header made from `context.idempotencyKey`.
   */
  idempotencyKey?: boolean;
}

/** The web's `fetch`, within the integration's permissions. */
export type StepFetch = (input: string | URL | Request, init?: StepFetchInit) => Promise<Response>;

export interface Log {
  debug(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
}

/** What a step is given. */
export interface StepContext<Config = object, Steps = object, Accounts = object> {
  readonly trigger: Trigger;
  /** Outputs of the steps before this one, by key. */
  readonly steps: Readonly<Steps>;
  readonly config: ConfigValues<Config>;
  readonly connections: Connections<Accounts>;
  readonly fetch: StepFetch;
  readonly log: Log;
  /** The same for every try of this step in this execution, and no other. */
  readonly idempotencyKey: string;
  /** `attempt` counts the tries of this step, from 1. */
  readonly execution: { readonly id: string; readonly attempt: number };
}

/**
 * A step: its output, awaited, must survive JSON. Module state does not last from step to step; what a later step needs is
 * returned.
 */
export type StepFunction<Config, Steps, Output, Accounts = object> = (
  context: StepContext<Config, Steps, Accounts>,
) => Output;
