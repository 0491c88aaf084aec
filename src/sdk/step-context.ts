import type { Flows } from "./flows.ts";
import type { State } from "./state.ts";
import type { ConfigValues } from "./config.ts";
import type { Connections } from "./connection.ts";
import type { Permissions } from "./permissions.ts";

/** The body of a request, read each time that it is asked for. Every method but `text` and `bytes` may throw `BodyError`. */
export interface TriggerBody {
  json(): unknown;
  /** Decoded as UTF-8, or as ISO 8859-1 where its `Content-Type` says so. */
  text(): string;
  bytes(): Uint8Array;
  /** Of `application/x-www-form-urlencoded`. */
  form(): URLSearchParams;
  /** The parts of `multipart/form-data`, in order. */
  multipart(): FormPart[];
  /** The root element. Documents that declare entities are refused. */
  xml(): XmlElement;
}

export interface FormPart {
  readonly name: string;
  /** Set where the part is a file. */
  readonly fileName?: string;
  readonly contentType: string;
  text(): string;
  bytes(): Uint8Array;
}

export interface XmlElement {
  /** With its prefix: namespaces are not resolved. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, in order; white space between child elements is left out. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** The event that began the execution, kept exactly as it came. */
export interface Trigger {
  /** How the execution was born: `webhook`, `test`, `replay` … */
  readonly kind: string;
  readonly method: string;
  /** What followed the endpoint's token in the path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: TriggerBody;
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
  readonly state: State;
  readonly flows: Flows;
  readonly fetch: StepFetch;
  readonly permissions: Permissions;
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
